/**
 * The optimizer's loops, in WebAssembly with SIMD. WebAssembly sees only its own memory, so arrays pass through it in pieces.
 * A step of ViT-B/16 would take 8 % longer with a plain loop, and 19 % longer in the graph (benchmarks/results/optimizer.md).
 */
import { optimizerBinary } from './optimizer-binary'

/** The numbers that all elements of a parameter share in a step (`ops/optimizer/adamw.ts`). */
export interface AdamWNumbers {
  readonly keepFirst: number
  readonly takeFirst: number
  readonly keepSecond: number
  readonly takeSecond: number
  readonly decay: number
  readonly stepSize: number
  readonly epsilon: number
}

interface Exports {
  readonly memory: WebAssembly.Memory
  adamW(value: number, first: number, second: number, gradient: number, bytes: number, ...numbers: number[]): void
  movingAverage(average: number, value: number, bytes: number, keep: number, take: number): void
}

/** The length of a piece: four of them fit into a core's cache. */
const pieceLength = 32_768
const pieceBytes = 4 * pieceLength

let loaded: { exports: Exports; pieces: readonly Float32Array[] } | undefined

function load() {
  if (loaded) return loaded
  const bytes = Uint8Array.from(atob(optimizerBinary), (character) => character.charCodeAt(0))
  const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports // the binary's own
  const pieces = [0, 1, 2, 3].map((i) => new Float32Array(exports.memory.buffer, i * pieceBytes, pieceLength))
  return (loaded = { exports, pieces })
}

/** One step of AdamW over a parameter and its moments, in place; all arrays have the same length. */
export function adamWInPlace(
  value: Float32Array,
  first: Float32Array,
  second: Float32Array,
  gradient: Float32Array,
  { keepFirst, takeFirst, keepSecond, takeSecond, decay, stepSize, epsilon }: AdamWNumbers,
): void {
  const numbers = [keepFirst, takeFirst, keepSecond, takeSecond, decay, stepSize, epsilon]
  inPieces([value, first, second], [gradient], ({ adamW }, bytes) =>
    adamW(0, pieceBytes, 2 * pieceBytes, 3 * pieceBytes, bytes, ...numbers),
  )
}

/** Replaces the average by `average · keep + value · take`. */
export function averageInPlace(average: Float32Array, value: Float32Array, keep: number, take: number): void {
  inPieces([average], [value], ({ movingAverage }, bytes) => movingAverage(0, pieceBytes, bytes, keep, take))
}

/** Copies the arrays to WebAssembly's memory piece by piece, computes, and copies the changed pieces back. */
function inPieces(
  changed: readonly Float32Array[],
  read: readonly Float32Array[],
  compute: (exports: Exports, bytes: number) => void,
): void {
  const { exports, pieces } = load()
  const { length } = changed[0]!
  for (let at = 0; at < length; at += pieceLength) {
    const count = Math.min(pieceLength, length - at)
    ;[...changed, ...read].forEach((array, i) => pieces[i]!.set(array.subarray(at, at + count)))
    compute(exports, 4 * count)
    changed.forEach((array, i) => array.set(pieces[i]!.subarray(0, count), at))
  }
}
