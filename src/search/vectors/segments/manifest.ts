/** An index's list of segments: the file `index.json`. Replacing the file makes a change visible. */
import { DreamLIPError } from '../../../errors'
import { isFieldName, type FieldTypes } from './field-types'
import { indexInvalid } from './index-invalid'
import { mostRows } from './segment-file'

export interface SegmentEntry {
  /** The name of its file in the folder. */
  readonly file: string
  readonly rows: number
  /** Rows that were removed or replaced since the file was written, in ascending order. */
  readonly removed: readonly number[]
}

export interface Manifest {
  readonly width: number
  /** Identifies the source of the vectors; vectors from another source are not comparable with them. */
  readonly model?: string
  readonly fields: FieldTypes
  /** In the order in which they were added. */
  readonly segments: readonly SegmentEntry[]
}

export const manifestName = 'index.json'
const format = 'dreamlip-vectors'
const version = 1

/** The maximum number of segments; each is full, or much larger than the next one. */
const mostSegments = 100_000

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format, version, ...manifest })}\n`
}

/** @throws DreamLIPError `INDEX_INVALID`, also for an index from a later version */
export function parseManifest(file: string, text: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw indexInvalid(file, `it is not JSON: ${(error as Error).message}`)
  }
  if (!isObject(json) || json.format !== format) throw indexInvalid(file, 'it is not the list of an index of vectors')
  if (json.version !== version) throw otherVersion(file, json.version)
  const { width, model, fields, segments } = json
  if (!isWhole(width, 1)) throw indexInvalid(file, 'its width is not a whole number')
  if (model !== undefined && typeof model !== 'string') throw indexInvalid(file, 'its model is not a string')
  if (!isFieldTypes(fields)) throw indexInvalid(file, 'its fields are not names with types')
  if (!Array.isArray(segments) || segments.length > mostSegments || !segments.every(isEntry)) {
    throw indexInvalid(file, 'its segments are not a list of files with numbers of rows')
  }
  if (new Set(segments.map((entry) => entry.file)).size < segments.length)
    throw indexInvalid(file, 'it names a file twice')
  return { width, model, fields, segments }
}

function isEntry(value: unknown): value is SegmentEntry {
  if (!isObject(value)) return false
  const { file, rows, removed } = value
  const isName = typeof file === 'string' && /^[\w-]+\.safetensors$/.test(file)
  return isName && isWhole(rows, 1) && rows <= mostRows && Array.isArray(removed) && isAscending(removed, rows)
}

function isFieldTypes(value: unknown): value is FieldTypes {
  return (
    isObject(value) &&
    Object.entries(value).every(([name, type]) => isFieldName(name) && (type === 'number' || type === 'text'))
  )
}

function isAscending(rows: readonly unknown[], count: number): boolean {
  return rows.every((row, i) => isWhole(row, i === 0 ? 0 : (rows[i - 1] as number) + 1) && row < count)
}

function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function otherVersion(file: string, found: unknown): DreamLIPError {
  return new DreamLIPError(
    'INDEX_INVALID',
    `${file}: expected version ${version} of the format; got ${JSON.stringify(found)?.slice(0, 40)}. ` +
      'A later dreamlip wrote this index: update dreamlip, or build the index again.',
  )
}
