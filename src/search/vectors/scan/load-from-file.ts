/** Loads the rows of a segment from its file. */
import { openSegment } from '../segments/open-segment'
import { loadSegment, type LoadedSegment } from './loaded-segment'
import type { SegmentSpec } from './row-search'

export async function loadFromFile({ path, rows, width }: SegmentSpec): Promise<LoadedSegment> {
  const file = await openSegment(path, { rows, width, fieldTypes: {} })
  try {
    return await loadSegment(file)
  } finally {
    await file.source.close()
  }
}
