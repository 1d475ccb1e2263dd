/** The output files of a shard: clip-retrieval's layout, and a report that is written last. */

export type ShardFile = 'images' | 'texts' | 'metadata'

/** The digits of a shard's number, so that names sort like numbers. autofaiss reads files in this order. */
const digits = 5

export function shardFile(file: ShardFile, number: number): string {
  const name = String(number).padStart(digits, '0')
  if (file === 'images') return `img_emb/img_emb_${name}.npy`
  return file === 'texts' ? `text_emb/text_emb_${name}.npy` : `metadata/metadata_${name}.parquet`
}

/** The model and the settings of an output, written before its first shard. */
export const settingsFile = 'settings.json'

/** The sums of all reports. It exists once every shard has a report. */
export const manifestFile = 'manifest.json'

/** The folder of the reports. */
export const reportFolder = 'reports'

export function reportFile(number: number): string {
  return `${reportFolder}/${String(number).padStart(digits, '0')}.json`
}
