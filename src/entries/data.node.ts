/** `dreamlip/data` in Node: the exports for every platform, and those that need files. */
export * from './data'

export { LongCaptionDataset } from '../data/dataset.node.ts'
export { dataLayouts, type DataLayout, type OpenRecordsOptions } from '../data/readers/open-records'
export type { ColumnNames, ColumnRole } from '../data/readers/records/columns'
export { textFiles, type TextFile } from '../data/sharding/text-file'
export { writeShards, type WriteShardsOptions, type WrittenShards } from '../data/write-shards.node.ts'
