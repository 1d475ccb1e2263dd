/** Opens the files of an index's segments. */
import { openByteSource } from '../../../bytes/read/open-source'
import { DreamLIPError } from '../../../errors'
import { indexInvalid } from './index-invalid'
import type { SegmentEntry } from './manifest'
import { readSegment, type SegmentFacts, type SegmentFile } from './segment-file'

/** A listed segment and its open file. */
export interface OpenSegment {
  readonly entry: SegmentEntry
  readonly file: SegmentFile
}

/** @throws DreamLIPError `INDEX_INVALID` if it is missing, or not a segment with these rows; errors of reading */
export async function openSegment(path: string, facts: SegmentFacts): Promise<SegmentFile> {
  const source = await openByteSource(path).catch((error: unknown) => {
    const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
    if (!(error instanceof DreamLIPError) || code !== 'ENOENT') throw error
    throw indexInvalid(path, 'the file is missing', error)
  })
  try {
    return await readSegment(source, facts)
  } catch (error) {
    await source.close()
    throw error
  }
}
