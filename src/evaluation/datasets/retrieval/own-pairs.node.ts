/** A user's own images with captions, in any layout that training data may have. */
import { basename } from 'node:path'
import { LongCaptionDataset } from '../../../data/dataset.node.ts'
import type { CaptionRecord } from '../../../data/record'
import { splitCaption } from '../../../data/sampling/split-caption'
import { DreamLIPError } from '../../../errors'
import type { ImageInput } from '../../../images/raw-image'
import type { CaptionedImage, DataProblem, RetrievalSet } from '../data-set'
import { withWords } from './retrieval-set.node.ts'

/** Layouts with a text file per image, in which each line is a caption. */
const withLines = ['folder', 'tar']

export interface OwnPairsOptions {
  /** The part of the data to read, where it has parts; default: all. */
  readonly split?: string
  readonly signal?: AbortSignal
}

/**
 * Each caption of an image is a separate text. In a text file next to an image, each line is one. Rows that name the same image are
 * joined.
 * @param location a folder or a file; docs/data.md lists the layouts
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `DATA_EMPTY`; the signal's reason when aborted
 */
export async function readOwnPairs(location: string, { split, signal }: OwnPairsOptions = {}): Promise<RetrievalSet> {
  const data = await LongCaptionDataset.open(location, { ...(split !== undefined && { split }), signal })
  const hasLines = data.layouts.some((layout) => withLines.includes(layout))
  const problems: DataProblem[] = []
  const found = new Map<string, { readonly image: ImageInput; readonly captions: string[] }>()
  for await (const reading of data.readings({ signal })) {
    if ('problem' in reading) {
      const { reason, sample, message } = reading.problem
      problems.push({ item: sample, reason: `sample-${reason}`, message: `${sample}: ${message}` })
      continue
    }
    const { key, image } = reading.record
    const captions = captionsOf(reading.record, hasLines)
    const before = found.get(key)
    if (before && before.image === image) before.captions.push(...captions)
    else if (!before) found.set(key, { image, captions })
    else found.set(`${key} (${found.size + 1})`, { image, captions })
  }
  const samples = [...found].map(([id, { image, captions }]): CaptionedImage => {
    return { id, image, captions: withWords(id, [...new Set(captions)], problems) }
  })
  if (samples.length === 0) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `${location}: it contains no image with captions. ${problems[0]?.message ?? ''}`.trim(),
    )
  }
  const name = basename(location)
  return { task: 'retrieval', name, split: split ?? 'all', isLong: areLong(samples), samples, problems }
}

/** The captions of a record. Captions that the data stores in pieces are joined. */
function captionsOf({ raw, captions }: CaptionRecord, hasLines: boolean): string[] {
  const all = [raw, ...Object.values(captions)].flatMap((caption) => {
    if (caption === undefined || caption === '') return []
    if (typeof caption !== 'string') return [caption.join('. ')]
    return hasLines ? caption.split('\n') : [caption]
  })
  return all.map((caption) => caption.trim())
}

/** Whether at least half of the captions have several sentences. */
export function areLong(samples: readonly CaptionedImage[]): boolean {
  const captions = samples.flatMap((sample) => sample.captions)
  const long = captions.filter((caption) => splitCaption(caption, { rule: 'sentences' }).length > 1)
  return 2 * long.length >= captions.length
}
