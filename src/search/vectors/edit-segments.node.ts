/** Changes to an index's segments: each writes new files, and returns the new list. */
import { join } from 'node:path'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { safetensorsChunks } from '../../checkpoint/safetensors/safetensors-writer'
import type { SegmentEntry } from './manifest'
import { mergedBytes, segmentsToMerge } from './merge-segments'
import { mostRows, openSegment, readAllIds, segmentTensors, type SegmentFile } from './segment-file'

/** Where changes are made. */
export interface Editing {
  readonly folder: string
  readonly width: number
  readonly signal?: AbortSignal
}

/** Marks the rows with these ids as removed. */
export async function withoutIds(
  editing: Editing,
  segments: readonly SegmentEntry[],
  ids: ReadonlySet<string>,
): Promise<{ readonly segments: readonly SegmentEntry[]; readonly removed: number }> {
  let removed = 0
  const kept: SegmentEntry[] = []
  for (const entry of segments) {
    const gone = new Set(entry.removed)
    const [before, all] = [gone.size, await withFile(editing, entry, (file) => readAllIds(file, editing.signal))]
    all.forEach((id, row) => ids.has(id) && gone.add(row))
    removed += gone.size - before
    kept.push(gone.size === before ? entry : { ...entry, removed: [...gone].sort((a, b) => a - b) })
  }
  return { segments: kept, removed }
}

/** Writes vectors of unit length as new segments. @param vectors `[ids.length, width]` */
export async function writeSegments(
  editing: Editing,
  ids: readonly string[],
  vectors: Float32Array,
): Promise<SegmentEntry[]> {
  const entries: SegmentEntry[] = []
  for (let start = 0; start < ids.length; start += mostRows) {
    const some = ids.slice(start, start + mostRows)
    const rows = vectors.subarray(start * editing.width, (start + some.length) * editing.width)
    entries.push(await write(editing, some.length, safetensorsChunks(segmentTensors(some, rows, editing.width))))
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

/** The rows of a segment that were not removed, in ascending order. */
export function keptRows({ rows, removed }: SegmentEntry): number[] {
  const gone = new Set(removed)
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !gone.has(row))
}

async function merged(editing: Editing, entries: readonly SegmentEntry[]): Promise<SegmentEntry> {
  const { folder, width, signal } = editing
  const files: SegmentFile[] = []
  try {
    for (const { file, rows } of entries) files.push(await openSegment(join(folder, file), rows, width))
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

async function withFile<T>(
  { folder, width }: Editing,
  { file, rows }: SegmentEntry,
  work: (file: SegmentFile) => Promise<T>,
): Promise<T> {
  const opened = await openSegment(join(folder, file), rows, width)
  try {
    return await work(opened)
  } finally {
    await opened.source.close()
  }
}
