/** Changes to an index's segments: each writes new files, and returns the new list. */
import { join } from 'node:path'
import { writeFileAtomically } from '../../../bytes/write/write-file.node.ts'
import { safetensorsChunks } from '../../../checkpoint/safetensors/safetensors-writer'
import type { FieldTypes } from '../segments/field-types'
import { findRows } from '../segments/find-rows'
import { keptRows } from '../segments/kept-rows'
import type { SegmentEntry } from '../segments/manifest'
import { mergedBytes, segmentsToMerge } from '../segments/merge-segments'
import { openSegment, type OpenSegment } from '../segments/open-segment'
import { mostRows, segmentTensors, type NewRows, type SegmentFile } from '../segments/segment-file'

/** The index being edited. */
export interface Editing {
  readonly folder: string
  readonly width: number
  readonly fieldTypes: FieldTypes
  readonly signal?: AbortSignal
}

/** Marks the rows with these ids as removed. */
export async function withoutIds(
  segments: readonly OpenSegment[],
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly segments: readonly SegmentEntry[]; readonly removed: number }> {
  const places = (await findRows(segments, ids, signal)).filter((place) => place !== undefined)
  const rowsOf = new Map<OpenSegment, number[]>()
  for (const { segment, row } of places) {
    const rows = rowsOf.get(segment)
    if (rows) rows.push(row)
    else rowsOf.set(segment, [row])
  }
  const kept = segments.map((segment) => {
    const gone = rowsOf.get(segment)
    if (!gone) return segment.entry
    return { ...segment.entry, removed: [...segment.entry.removed, ...gone].sort((a, b) => a - b) }
  })
  return { segments: kept, removed: places.length }
}

/** Writes rows as new segments. */
export async function writeSegments(editing: Editing, { ids, vectors, fields }: NewRows): Promise<SegmentEntry[]> {
  const entries: SegmentEntry[] = []
  for (let start = 0; start < ids.length; start += mostRows) {
    const end = Math.min(start + mostRows, ids.length)
    const rows: NewRows = {
      ids: ids.slice(start, end),
      vectors: vectors.subarray(start * editing.width, end * editing.width),
      fields: Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values.slice(start, end)])),
    }
    entries.push(await write(editing, end - start, safetensorsChunks(segmentTensors(rows, editing.width))))
  }
  return entries
}

/** Drops empty segments, rewrites those with many removed rows, and merges small ones. */
export async function tidied(editing: Editing, segments: readonly SegmentEntry[]): Promise<readonly SegmentEntry[]> {
  const kept: SegmentEntry[] = []
  for (const entry of segments) {
    if (entry.removed.length === entry.rows) continue
    kept.push(entry.removed.length > entry.rows / 4 ? await merged(editing, [entry]) : entry)
  }
  const count = segmentsToMerge(kept.map(({ rows, removed }) => rows - removed.length))
  return count === 0 ? kept : [...kept.slice(0, -count), await merged(editing, kept.slice(-count))]
}

async function merged(editing: Editing, entries: readonly SegmentEntry[]): Promise<SegmentEntry> {
  const { folder, width, fieldTypes, signal } = editing
  const files: SegmentFile[] = []
  try {
    for (const { file, rows } of entries) files.push(await openSegment(join(folder, file), { rows, width, fieldTypes }))
    const parts = files.map((file, i) => ({ file, rows: keptRows(entries[i]!) }))
    const rows = parts.reduce((sum, part) => sum + part.rows.length, 0)
    return await write(editing, rows, mergedBytes(parts, width, signal))
  } finally {
    await Promise.all(files.map(({ source }) => source.close()))
  }
}

async function write(
  { folder, signal }: Editing,
  rows: number,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<SegmentEntry> {
  const file = `${crypto.randomUUID()}.safetensors`
  await writeFileAtomically(join(folder, file), chunks, signal)
  return { file, rows, removed: [] }
}
