/** int8 rows in WebAssembly memory, and their scores with a query. */
import { DreamLIPError } from '../../../errors'
import { dotProductsBinary } from './dot-products-binary'
import type { QuantizedQuery } from './quantized'

/** Rows in memory. */
export interface ScoredRows {
  /** The caller writes the rows here before the first query: `[count, paddedWidth]`. Values beyond the width stay 0. */
  readonly bytes: Int8Array
  /** The length of a row in `bytes`: a multiple of 16. */
  readonly paddedWidth: number
  /**
   * The int32 dot products of rows with the query: `[count]`, valid from `start` to `end` until the next call.
   * @param start a multiple of 4; default all rows
   */
  dotProducts(query: QuantizedQuery, start?: number, end?: number): Int32Array
}

/** The function in dot-products.wat. */
type DotProducts = (rows: number, count: number, width: number, query: number, sums: number) => void

const pageBytes = 65_536
let compiled: Promise<WebAssembly.Module> | undefined

async function loadModule(): Promise<WebAssembly.Module> {
  const bytes = Uint8Array.from(atob(dotProductsBinary), (character) => character.charCodeAt(0))
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw new DreamLIPError(
      'DEVICE_UNAVAILABLE',
      `A search of vectors needs WebAssembly with SIMD, which was refused: ${(cause as Error).message}. ` +
        "Use a newer browser; if the page has a Content-Security-Policy, allow 'wasm-unsafe-eval' in script-src.",
      { cause },
    )
  }
}

/** Allocates memory for rows. Each call has its own memory, which is freed with the rows. */
export async function allocateRows(count: number, width: number): Promise<ScoredRows> {
  const paddedWidth = roundUp(width, 16)
  const paddedCount = roundUp(count, 4)
  // The memory layout: query, sums, rows.
  const sumsAt = paddedWidth * Int16Array.BYTES_PER_ELEMENT
  const rowsAt = sumsAt + paddedCount * Int32Array.BYTES_PER_ELEMENT
  const memory = new WebAssembly.Memory({ initial: Math.ceil((rowsAt + paddedCount * paddedWidth) / pageBytes) })
  const { exports } = await WebAssembly.instantiate(await (compiled ??= loadModule()), { env: { memory } })
  const dotProducts = exports.dotProducts as DotProducts
  const query = new Int16Array(memory.buffer, 0, paddedWidth)
  const sums = new Int32Array(memory.buffer, sumsAt, count)
  return {
    bytes: new Int8Array(memory.buffer, rowsAt, count * paddedWidth),
    paddedWidth,
    dotProducts({ numbers }, start = 0, end = count) {
      query.set(numbers)
      const sumBytes = start * Int32Array.BYTES_PER_ELEMENT
      dotProducts(rowsAt + start * paddedWidth, roundUp(end - start, 4), paddedWidth, 0, sumsAt + sumBytes)
      return sums
    },
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
