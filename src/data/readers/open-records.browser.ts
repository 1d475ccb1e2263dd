/** Browsers open no data sets by path: they hold records. */
import { DreamLIPError } from '../../errors'
import type { OpenedRecords, OpenRecordsOptions } from './open-records'

export async function openRecords(location: string | URL, _options?: OpenRecordsOptions): Promise<OpenedRecords> {
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${String(location)}: data sets are opened by path in Node only. Pass records to LongCaptionDataset.of.`,
  )
}
