/** Reads the ids, fields and vectors of rows. */
import type { Fields, VectorRows } from '../../vector-store'
import { indexInvalid } from '../segments/index-invalid'
import type { FieldTypes } from '../segments/field-types'
import type { Place } from '../segments/find-rows'
import { keptRows } from '../segments/kept-rows'
import type { OpenSegment } from '../segments/open-segment'
import { readNumbersOf, readVector, type SegmentFile } from '../segments/segment-file'
import { readTexts } from '../segments/text-column'

/** The vectors at these places, of unit length: `[places.length, width]`; NaN for an undefined place. */
export async function vectorsAt(
  places: readonly (Place | undefined)[],
  width: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const data = new Float32Array(places.length * width).fill(NaN)
  const read = async (place: Place | undefined, i: number) => {
    if (!place) return
    const { file } = place.segment
    const vector = await readVector(file, place.row, signal)
    // Stored vectors have arbitrary length.
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value ** 2, 0))
    if (!(length > 0 && length < Infinity)) throw indexInvalid(file.name, `row ${place.row} is not a direction`)
    for (let c = 0; c < width; c++) data[i * width + c] = vector[c]! / length
  }
  await Promise.all(places.map(read))
  return data
}

/** The fields at these places; `''` and NaN for an undefined place. */
export async function fieldsAt(
  places: readonly (Place | undefined)[],
  types: FieldTypes,
  signal?: AbortSignal,
): Promise<Fields> {
  const fields: Record<string, string[] | Float64Array> = {}
  for (const [name, type] of Object.entries(types)) {
    fields[name] = type === 'text' ? places.map(() => '') : new Float64Array(places.length).fill(NaN)
  }
  for (const file of new Set(places.flatMap((place) => (place ? [place.segment.file] : [])))) {
    const at = places.flatMap((place, i) => (place?.segment.file === file ? [i] : []))
    const found = await fieldsOf(
      file,
      Int32Array.from(at, (i) => places[i]!.row),
      types,
      signal,
    )
    for (const [name, values] of Object.entries(found)) at.forEach((i, j) => (fields[name]![i] = values[j]!))
  }
  return fields
}

/** The fields of these rows of a segment. */
async function fieldsOf(
  file: SegmentFile,
  rows: Int32Array,
  types: FieldTypes,
  signal?: AbortSignal,
): Promise<Record<string, string[] | Float64Array>> {
  const fields: Record<string, string[] | Float64Array> = {}
  for (const [name, type] of Object.entries(types)) {
    const texts = file.texts.get(name)
    if (type === 'number') fields[name] = await readNumbersOf(file, name, rows, signal)
    else fields[name] = texts ? await readTexts(texts, rows, signal) : Array.from(rows, () => '')
  }
  return fields
}

/** Rows per read. */
const piece = 8192

/** All rows of the segments that `borrow` returns. */
export async function* allRows(
  borrow: () => Promise<{ readonly segments: readonly OpenSegment[]; release(): Promise<void> }>,
  types: () => FieldTypes,
  signal?: AbortSignal,
): AsyncGenerator<VectorRows> {
  const { segments, release } = await borrow()
  try {
    for (const { entry, file } of segments) {
      const kept = keptRows(entry)
      for (let start = 0; start < kept.length; start += piece) {
        signal?.throwIfAborted()
        const rows = kept.subarray(start, start + piece)
        yield { ids: await readTexts(file.ids, rows, signal), fields: await fieldsOf(file, rows, types(), signal) }
      }
    }
  } finally {
    await release()
  }
}
