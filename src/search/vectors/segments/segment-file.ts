/**
 * Segments: vectors added together, in a file that never changes. It is a safetensors file, so that other programs can read it:
 * - `int8` `[rows, width]` and `scales` `[rows]`: unit vectors, rounded to multiples of the row's scale, for searching
 * - `int16` `[rows, width]`: the same in steps of 127/32767 of the scale, for ranking the best
 * - `ids` `[bytes]`, UTF-8, and `ids.ends` int32 `[rows]`: the name of each row
 * - `ids.hashes` and `ids.rows` int32 `[rows]`: the table that finds rows by id
 * - `field.NAME` float64 `[rows]`, or `field.NAME` `[bytes]` and `field.NAME.ends` like the ids: a numeric or text field
 */
import type { ByteSource } from '../../../bytes/byte-source'
import { viewTensorData } from '../../../checkpoint/dtype'
import { readSafetensors } from '../../../checkpoint/safetensors/safetensors'
import type { CheckpointDtype, HostTensor } from '../../../checkpoint/tensor'
import { DreamLIPError } from '../../../errors'
import type { Fields } from '../../vector-store'
import { quantizeRows } from '../kernel/quantized'
import { fieldTensor, type FieldType, type FieldTypes } from './field-types'
import { idTable, type IdTable } from './id-table'
import { indexInvalid } from './index-invalid'
import { encodeTexts, joinTexts, type PlacedTensor, type TextColumn } from './text-column'

/** An open segment file. */
export interface SegmentFile {
  readonly name: string
  readonly rows: number
  readonly width: number
  readonly source: ByteSource
  readonly ids: TextColumn
  /** The table for finding ids. Read on the first call, then cached. */
  idTable(signal?: AbortSignal): Promise<IdTable>
  /** The numeric fields in the file. */
  readonly numbers: ReadonlyMap<string, PlacedTensor>
  /** The text fields in the file. */
  readonly texts: ReadonlyMap<string, TextColumn>
  readonly tensors: Readonly<Record<'int16' | 'int8' | 'scales', PlacedTensor>>
}

/** The maximum number of rows in a segment: 64 MiB of int8 at a width of 512. */
export const mostRows = 131_072

/** Rows to write. */
export interface NewRows {
  readonly ids: readonly string[]
  /** `[ids.length, width]`, of unit length. */
  readonly vectors: Float32Array
  readonly fields: Fields
}

/** The tensors of a new segment. */
export function segmentTensors({ ids, vectors, fields }: NewRows, width: number): Map<string, HostTensor> {
  const rows = ids.length
  const { bytes, scales, fine } = quantizeRows(vectors, width)
  const encoded = encodeTexts(ids)
  const table = idTable(encoded)
  const column = (dtype: CheckpointDtype, data: HostTensor['data']): HostTensor => ({
    data,
    shape: [data.length],
    dtype,
  })
  const tensors = new Map<string, HostTensor>([
    ['int16', { data: fine, shape: [rows, width], dtype: 'int16' }],
    ['int8', { data: bytes, shape: [rows, width], dtype: 'int8' }],
    ['scales', column('float32', scales)],
    ['ids.hashes', column('int32', table.hashes)],
    ['ids.rows', column('int32', table.rows)],
  ])
  const addTexts = (name: string, { bytes, ends }: ReturnType<typeof joinTexts>) =>
    tensors.set(name, column('uint8', bytes)).set(`${name}.ends`, column('int32', ends))
  addTexts('ids', joinTexts(encoded))
  for (const [name, values] of Object.entries(fields)) {
    if (values instanceof Float64Array) tensors.set(fieldTensor(name), column('float64', values))
    else addTexts(fieldTensor(name), joinTexts(encodeTexts(values)))
  }
  return tensors
}

/** The facts about a file in the list of segments. */
export interface SegmentFacts {
  readonly rows: number
  readonly width: number
  readonly fieldTypes: FieldTypes
}

/**
 * Reads the layout of a segment file.
 * @throws DreamLIPError `INDEX_INVALID` if it is not a segment with these rows; errors of reading
 */
export async function readSegment(source: ByteSource, facts: SegmentFacts, signal?: AbortSignal): Promise<SegmentFile> {
  const { rows, width } = facts
  const find = findTensors(source.name, await readTensors(source, signal))
  const readColumn = async (name: string): Promise<TextColumn> => {
    const [bytes, endsTensor] = [find(name, 'uint8'), find(`${name}.ends`, 'int32', [rows])]
    const ends = (await endsTensor.read(signal)) as Int32Array
    const isAscending = ends.every((end, row) => end >= (row === 0 ? 0 : ends[row - 1]!))
    if (isAscending && ends.at(-1) === bytes.shape[0]) return { source, bytes, ends }
    throw indexInvalid(source.name, `its ${name} do not fit ${name}.ends`)
  }
  const tensors = {
    int16: find('int16', 'int16', [rows, width]),
    int8: find('int8', 'int8', [rows, width]),
    scales: find('scales', 'float32', [rows]),
  }
  const table = { hashes: find('ids.hashes', 'int32', [rows]), rows: find('ids.rows', 'int32', [rows]) }
  const ids = await readColumn('ids')
  const namesOf = (wanted: FieldType) =>
    Object.entries(facts.fieldTypes).flatMap(([name, type]) =>
      type === wanted && find.has(fieldTensor(name)) ? [name] : [],
    )
  const texts = new Map<string, TextColumn>()
  for (const name of namesOf('text')) texts.set(name, await readColumn(fieldTensor(name)))
  let read: Promise<IdTable> | undefined
  return {
    name: source.name,
    rows,
    width,
    source,
    ids,
    idTable: (abort) =>
      (read ??= readTable(source.name, table, rows, abort).catch((error: unknown) => {
        read = undefined
        throw error
      })),
    numbers: new Map(namesOf('number').map((name) => [name, find(fieldTensor(name), 'float64', [rows])])),
    texts,
    tensors,
  }
}

async function readTensors(source: ByteSource, signal?: AbortSignal) {
  try {
    return (await readSafetensors(source, signal)).tensors
  } catch (error) {
    if (!(error instanceof DreamLIPError) || error.code !== 'SAFETENSORS_INVALID') throw error
    throw indexInvalid(source.name, 'it is cut off or not a safetensors file', error)
  }
}

/** Returns a function that finds a tensor by name, and checks its type and shape. */
function findTensors(file: string, tensors: Awaited<ReturnType<typeof readTensors>>) {
  const find = (name: string, dtype: CheckpointDtype, shape?: readonly number[]): PlacedTensor => {
    const found = tensors.get(name)
    const isRight = found?.dtype === dtype && (shape ? String(found.shape) === String(shape) : found.shape.length === 1)
    if (isRight) return found as PlacedTensor
    const came = found ? `${found.dtype} [${found.shape.join(', ')}]` : 'nothing'
    throw indexInvalid(file, `expected ${dtype} [${shape?.join(', ') ?? 'bytes'}] with the name ${name}; got ${came}`)
  }
  return Object.assign(find, { has: (name: string) => tensors.has(name) })
}

async function readTable(
  file: string,
  tensors: Readonly<Record<keyof IdTable, PlacedTensor>>,
  count: number,
  signal?: AbortSignal,
): Promise<IdTable> {
  const [hashes, rows] = [
    (await tensors.hashes.read(signal)) as Int32Array,
    (await tensors.rows.read(signal)) as Int32Array,
  ]
  if (rows.every((row) => row >= 0 && row < count)) return { hashes, rows }
  throw indexInvalid(file, 'ids.rows names a row that is not there')
}

/** A row's stored vector: `[width]`, of arbitrary length. */
export async function readVector(
  { source, width, tensors: { int16 } }: SegmentFile,
  row: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const rowBytes = width * Int16Array.BYTES_PER_ELEMENT
  const bytes = await source.read(int16.offset + row * rowBytes, rowBytes, signal)
  return Float32Array.from(viewTensorData(bytes, 'int16') as Int16Array)
}

/** For more rows than this, the whole field is read. */
const fewRows = 64

/** The values of a numeric field in these rows. */
export async function readNumbersOf(
  file: SegmentFile,
  name: string,
  rows: Int32Array,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const tensor = file.numbers.get(name)
  if (!tensor || rows.length > fewRows) {
    const all = await readNumbers(file, name, signal)
    return Float64Array.from(rows, (row) => all[row]!)
  }
  const size = Float64Array.BYTES_PER_ELEMENT
  const bytes = await Promise.all(Array.from(rows, (row) => file.source.read(tensor.offset + row * size, size, signal)))
  return Float64Array.from(bytes, (value) => (viewTensorData(value, 'float64') as Float64Array)[0]!)
}

/** The values of a numeric field: `[rows]`; NaN if the file does not have the field. */
export async function readNumbers(file: SegmentFile, name: string, signal?: AbortSignal): Promise<Float64Array> {
  return (
    ((await file.numbers.get(name)?.read(signal)) as Float64Array | undefined) ?? new Float64Array(file.rows).fill(NaN)
  )
}
