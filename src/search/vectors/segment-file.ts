/**
 * Segments: vectors that were added together, in a file that never changes. It is a safetensors file, so that other programs can read it:
 * - `float16` `[rows, width]`: unit vectors
 * - `int8` `[rows, width]` and `scales` `[rows]`: the same, rounded to whole numbers, which is what a search looks through
 * - `ids` `[bytes]`, UTF-8, and `id_ends` int32 `[rows]`: the name of each row
 */
import { openByteSource } from '../../bytes/read/open-source'
import type { ByteSource } from '../../bytes/byte-source'
import { readSafetensors } from '../../checkpoint/safetensors/safetensors'
import type { CheckpointTensor, HostTensor } from '../../checkpoint/tensor'
import { viewTensorData } from '../../checkpoint/dtype'
import { indexInvalid } from './index-invalid'
import { quantizeRows } from './quantized'

/** A segment's file, opened. */
export interface SegmentFile {
  readonly name: string
  readonly rows: number
  readonly width: number
  readonly source: ByteSource
  /** Where each row's id ends in the bytes of all ids: `[rows]`. */
  readonly idEnds: Int32Array
  readonly tensors: Readonly<Record<SegmentTensor, CheckpointTensor & { readonly offset: number }>>
}

export type SegmentTensor = 'float16' | 'int8' | 'scales' | 'ids' | 'id_ends'

/** The most rows of a segment: 64 MiB of int8 at a width of 512. */
export const mostRows = 131_072

/** The tensors of a new segment. @param vectors `[rows, width]`, of unit length */
export function segmentTensors(ids: readonly string[], vectors: Float32Array, width: number): Map<string, HostTensor> {
  const rows = ids.length
  const { bytes, scales } = quantizeRows(vectors, width)
  const encoded = ids.map((id) => new TextEncoder().encode(id))
  const ends = new Int32Array(rows)
  let length = 0
  encoded.forEach((id, row) => (ends[row] = length += id.length))
  const names = new Uint8Array(length)
  encoded.forEach((id, row) => names.set(id, ends[row]! - id.length))
  return new Map<string, HostTensor>([
    ['float16', { data: vectors, shape: [rows, width], dtype: 'float16' }],
    ['int8', { data: bytes, shape: [rows, width], dtype: 'int8' }],
    ['scales', { data: scales, shape: [rows], dtype: 'float32' }],
    ['ids', { data: names, shape: [length], dtype: 'uint8' }],
    ['id_ends', { data: ends, shape: [rows], dtype: 'int32' }],
  ])
}

/** @throws DreamLIPError `INDEX_INVALID` if it is not a segment with these rows; errors of reading */
export async function openSegment(path: string, rows: number, width: number): Promise<SegmentFile> {
  const source = await openByteSource(path)
  try {
    const { tensors } = await readSafetensors(source)
    const expected: Record<SegmentTensor, readonly [string, string]> = {
      float16: ['float16', `[${rows}, ${width}]`],
      int8: ['int8', `[${rows}, ${width}]`],
      scales: ['float32', `[${rows}]`],
      ids: ['uint8', 'any'],
      id_ends: ['int32', `[${rows}]`],
    }
    for (const [name, [dtype, shape]] of Object.entries(expected)) {
      const found = tensors.get(name)
      const isRight = found?.dtype === dtype && (shape === 'any' || `[${found.shape.join(', ')}]` === shape)
      if (isRight) continue
      const came = found ? `${found.dtype} [${found.shape.join(', ')}]` : 'nothing'
      throw indexInvalid(source.name, `expected ${dtype} ${shape} with the name ${name}; got ${came}`)
    }
    const known = Object.fromEntries(tensors) as SegmentFile['tensors']
    const idEnds = (await known.id_ends.read()) as Int32Array
    const isAscending = idEnds.every((end, row) => end >= (row === 0 ? 0 : idEnds[row - 1]!))
    if (!isAscending || idEnds.at(-1) !== known.ids.shape[0])
      throw indexInvalid(source.name, 'its ids do not fit id_ends')
    return { name: source.name, rows, width, source, idEnds, tensors: known }
  } catch (error) {
    await source.close()
    throw error
  }
}

/** The id of a row. */
export async function readId(
  { source, idEnds, tensors: { ids } }: SegmentFile,
  row: number,
  signal?: AbortSignal,
): Promise<string> {
  const start = row === 0 ? 0 : idEnds[row - 1]!
  return new TextDecoder().decode(await source.read(ids.offset + start, idEnds[row]! - start, signal))
}

/** The ids of all rows, in order. */
export async function readAllIds({ idEnds, tensors: { ids } }: SegmentFile, signal?: AbortSignal): Promise<string[]> {
  const bytes = (await ids.read(signal)) as Uint8Array
  const decoder = new TextDecoder()
  let start = 0
  return Array.from(idEnds, (end) => decoder.decode(bytes.subarray(start, (start = end))))
}

/** The vector of a row: `[width]`. */
export async function readVector(
  { source, width, tensors: { float16 } }: SegmentFile,
  row: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const rowBytes = width * Uint16Array.BYTES_PER_ELEMENT
  const bytes = await source.read(float16.offset + row * rowBytes, rowBytes, signal)
  return viewTensorData(bytes, 'float16') as Float32Array
}
