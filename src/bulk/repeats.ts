/** Finds repeated samples in a shard. */
import type { CaptionRecord } from '../data/record'
import type { LeftOut } from './output/shard-report'
import type { WorkItem } from './work-list.node.ts'

export interface Repeats {
  /** Whether the shard already had this sample. */
  has(record: CaptionRecord): boolean
  problemOf(record: CaptionRecord): LeftOut
}

/**
 * In a tar shard, a sample is identified by its name; in a table, by its image and captions, because a table may list an image once
 * per caption. Images inside a table have no names to tell them apart.
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
