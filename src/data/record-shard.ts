/** Records in memory as a part of a data set. */
import { crc32 } from '#crc32'
import { checkList, checkText } from '../check-arguments'
import type { IndexedShard } from './readers/open-records'
import { checkRecord, type CaptionRecord } from './record'
import { numberedIndex, type Reading } from './shard'

/** @throws DreamLIPError `INVALID_ARGUMENT` for records without a key or captions */
export function shardOfRecords(records: readonly CaptionRecord[]): IndexedShard {
  Array.from(checkList('records', records)).forEach((record, i) => {
    checkRecord(`records[${i}]`, record)
    checkText(`records[${i}].key`, record.key)
  })
  async function* read(from = 0): AsyncGenerator<Reading> {
    for (let i = from; i < records.length; i++) yield { record: records[i]!, end: i + 1 }
  }
  const index = numberedIndex(records.length)
  const encoder = new TextEncoder()
  const hash = records.reduce((crc, { key, raw, captions }) => {
    return crc32(encoder.encode(JSON.stringify([key, raw, captions])), crc)
  }, 0)
  return { name: 'records', version: '', contents: hash.toString(16), index, read }
}
