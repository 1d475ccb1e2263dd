/** Vectors for the benchmark of searches, in a file, with queries and their true neighbours. */
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs'

export const width = 512
export const neighbours = 10
const queryCount = 50

/** How many rows to create, read and add at a time. */
export const pieceRows = 10_000

export interface Queries {
  readonly vectors: readonly Float32Array[]
  /** For each query, the rows of its nearest vectors by float32, the best first. */
  readonly nearest: readonly (readonly number[])[]
}

/** How vectors are drawn: in clusters, or from one broad cloud, which is harder to search with an index. */
export type VectorKind = 'clusters' | 'cloud'

/** Writes unit vectors around a common direction, like embeddings of photographs. */
export function writeVectors(path: string, rows: number, kind: VectorKind = 'clusters'): void {
  if (existsSync(path)) return
  const draw = drawing[kind](rows)
  const random = generator(1)
  const file = openSync(path, 'w')
  for (let start = 0; start < rows; start += pieceRows) {
    const piece = new Float32Array(Math.min(pieceRows, rows - start) * width)
    for (let at = 0; at < piece.length; at += width) draw(piece.subarray(at, at + width), random)
    writeSync(file, new Uint8Array(piece.buffer))
  }
  closeSync(file)
}

/** The vectors of a file, some rows at a time: `[rows, width]`. */
export function* readVectors(path: string): Generator<Float32Array> {
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const piece = new Float32Array(pieceRows * width)
      const bytes = readSync(file, new Uint8Array(piece.buffer))
      if (bytes === 0) return
      yield piece.subarray(0, bytes / Float32Array.BYTES_PER_ELEMENT)
    }
  } finally {
    closeSync(file)
  }
}

/** Other vectors of the same kind, and their neighbours by brute force. */
export function makeQueries(path: string, rows: number, kind: VectorKind = 'clusters'): Queries {
  const draw = drawing[kind](rows)
  const random = generator(2)
  const vectors = Array.from({ length: queryCount }, () => {
    const vector = new Float32Array(width)
    draw(vector, random)
    return vector
  })
  const best = vectors.map(() => [] as { row: number; score: number }[])
  let first = 0
  for (const piece of readVectors(path)) {
    vectors.forEach((query, i) => offerAll(best[i]!, piece, query, first))
    first += piece.length / width
  }
  return { vectors, nearest: best.map((list) => list.map(({ row }) => row)) }
}

function offerAll(best: { row: number; score: number }[], piece: Float32Array, query: Float32Array, first: number) {
  for (let row = 0; row * width < piece.length; row++) {
    let score = 0
    for (let i = 0, at = row * width; i < width; i++, at++) score += piece[at]! * query[i]!
    if (best.length === neighbours && score <= best.at(-1)!.score) continue
    best.push({ row: first + row, score })
    best.sort((a, b) => b.score - a.score)
    best.length = Math.min(best.length, neighbours)
  }
}

type Draw = (into: Float32Array, random: () => number) => void

const drawing: Readonly<Record<VectorKind, (rows: number) => Draw>> = { clusters, cloud: () => cloud }

/** The share of the common direction that gives two vectors a cosine of 0.5 on average. */
const common = 2.6

/** A cloud whose axes have the variances 1, 1/2, 1/3, …, rotated so that every component of a vector depends on all axes. */
function cloud(into: Float32Array, random: () => number): void {
  // The sum of three uniform numbers has a variance of 1 and is nearly normal.
  for (let i = 0; i < width; i++) into[i] = (random() + random() + random()) / Math.sqrt(i + 1)
  into[0]! += common
  turn(into)
  scale(into)
}

/** The fast Walsh–Hadamard transform: `width` is a power of two. */
function turn(vector: Float32Array): void {
  for (let half = 1; half < width; half *= 2) {
    for (let start = 0; start < width; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const [a, b] = [vector[i]!, vector[i + half]!]
        vector[i] = a + b
        vector[i + half] = a - b
      }
    }
  }
}

function scale(vector: Float32Array): void {
  let squares = 0
  for (let i = 0; i < width; i++) squares += vector[i]! ** 2
  const length = Math.sqrt(squares)
  for (let i = 0; i < width; i++) vector[i]! /= length
}

/** A function that draws a vector: the common direction, one of many clusters, and noise. */
function clusters(rows: number): Draw {
  const random = generator(0)
  const common = Float32Array.from({ length: width }, random)
  const centres = Array.from({ length: Math.ceil(rows / 200) }, () => Float32Array.from({ length: width }, random))
  return (into, random) => {
    const centre = centres[Math.floor(((random() + 1) / 2) * centres.length)]!
    for (let i = 0; i < width; i++) into[i] = 0.8 * common[i]! + 0.6 * centre[i]! + 0.6 * random()
    scale(into)
  }
}

/** Numbers in [-1, 1): xorshift32 (Marsaglia, 2003), which is fast: half a billion are needed. */
function generator(seed: number): () => number {
  let state = 0x9e3779b9 ^ (seed * 0x85ebca6b)
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  }
}
