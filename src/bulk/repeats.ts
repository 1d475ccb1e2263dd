/** Finds samples that a shard has twice. */
import type { CaptionRecord } from '../data/record'
import type { LeftOut } from './output/shard-report'
import type { WorkItem } from './work-list.node.ts'

export interface Repeats {
  /** Whether the shard had this sample before. */
  has(record: CaptionRecord): boolean
  problemOf(record: CaptionRecord): LeftOut
}

/**
 * In a tar shard, a sample is its name. In a table, it is an image and its captions: tables may name an image once for each of its captions.
 * Images that are inside a table have no names that could tell them apart.
 */
export function createRepeats({ range }: Pick<WorkItem, 'range'>): Repeats {
  const seen = new Set<string>()
  const nameOf = ({ key, image, raw, captions }: CaptionRecord): string | undefined => {
    if (!range) return key
    return typeof image === 'string' || image instanceof URL ? JSON.stringify([key, raw, captions]) : undefined
  }
  return {
    has(record) {
      const name = nameOf(record)
      if (name === undefined) return false
      if (seen.has(name)) return true
      seen.add(name)
      return false
    },
    problemOf: ({ key }) => ({
      sample: key,
      reason: 'repeated',
      message: 'the shard has this sample twice; the first one is embedded',
    }),
  }
}
