/** The optimizer's loops over arrays. WebAssembly sees only its own memory, so pieces of the arrays are copied through it. */
import { optimizerBinary } from './optimizer-binary'

/** Numbers that all elements of a parameter share in a step (`ops/adamw.ts`). */
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

/** How many floats of an array are in WebAssembly's memory at once. Four such pieces fit into the cache of a core. */
const pieceLength = 32_768
const pieceBytes = 4 * pieceLength

let loaded: { exports: Exports; pieces: readonly Float32Array[] } | undefined

function load() {
  if (loaded) return loaded
  const bytes = Uint8Array.from(atob(optimizerBinary), (character) => character.charCodeAt(0))
  const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports
  const pieces = [0, 1, 2, 3].map((i) => new Float32Array(exports.memory.buffer, i * pieceBytes, pieceLength))
  return (loaded = { exports, pieces })
}

/** AdamW over a parameter and its moments, in place. All arrays have the same length. */
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

/** `average · keep + value · take`, in the array of the average. */
export function averageInPlace(average: Float32Array, value: Float32Array, keep: number, take: number): void {
  inPieces([average], [value], ({ movingAverage }, bytes) => movingAverage(0, pieceBytes, bytes, keep, take))
}

/** Copies one piece of the arrays after the other into WebAssembly's memory, and copies changed pieces back. */
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
