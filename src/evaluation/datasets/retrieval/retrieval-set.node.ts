/** Builds a retrieval set from the entries of a list, and checks its images, captions and numbers. */
import { DreamLIPError } from '../../../errors'
import type { CaptionedImage, DataProblem, RetrievalSet } from '../data-set'
import { checkCount } from '../listed/counts'
import { locateImages, type NamedFile } from '../listed/located-images.node.ts'

export interface ListedImage extends NamedFile {
  readonly captions: readonly string[]
}

/** The contents of a data set's lists. */
export interface RetrievalListing extends Pick<RetrievalSet, 'name' | 'split' | 'isLong'> {
  /** The folder that the files are relative to. */
  readonly images: string
  readonly listed: readonly ListedImage[]
  readonly problems: readonly DataProblem[]
  /** The numbers that the publishers state. */
  readonly expected?: { readonly images: number; readonly captions?: number }
}

/**
 * Captions without a letter are left out and reported. An image without captions stays: it is a wrong answer for all texts, and
 * counts as not found. An image that is listed twice gets all captions.
 * @throws DreamLIPError `DATA_EMPTY` if nothing is listed; the signal's reason when aborted
 */
export async function toRetrievalSet(listing: RetrievalListing, signal?: AbortSignal): Promise<RetrievalSet> {
  const { name, split, isLong, images: folder, expected } = listing
  const problems = [...listing.problems]
  const listed = joinRepeated(listing.listed, problems)
  if (listed.length === 0) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `${name}, ${split}: the list contains no image. ${problems[0]?.message ?? ''}`.trim(),
    )
  }
  const paths = await locateImages(folder, listed, problems, signal)
  const samples = listed.map(({ id, captions }, i): CaptionedImage => ({
    id,
    image: paths[i]!,
    captions: withWords(id, captions, problems),
  }))
  if (expected) {
    checkCount(split, 'image', expected.images, samples.length, problems)
    const captions = samples.reduce((sum, sample) => sum + sample.captions.length, 0)
    if (expected.captions !== undefined) checkCount(split, 'caption', expected.captions, captions, problems)
  }
  return { task: 'retrieval', name, split, isLong, samples, problems }
}

function joinRepeated(listed: readonly ListedImage[], problems: DataProblem[]): ListedImage[] {
  const byId = new Map<string, ListedImage>()
  for (const image of listed) {
    const before = byId.get(image.id)
    byId.set(image.id, before ? { ...before, captions: [...before.captions, ...image.captions] } : image)
    if (before) problems.push({ item: image.id, reason: 'image-twice', message: `${image.id}: it is listed twice.` })
  }
  return [...byId.values()]
}

/** The captions with at least one letter, digit or symbol. */
export function withWords(id: string, captions: readonly string[], problems: DataProblem[]): string[] {
  const kept = captions.filter((caption) => /[\p{L}\p{N}\p{S}]/u.test(caption))
  const empty = captions.length - kept.length
  if (empty > 0)
    problems.push({
      item: id,
      reason: 'caption-empty',
      message: `${id}: ${empty} of ${captions.length} captions are empty.`,
    })
  if (kept.length === 0) {
    problems.push({
      item: id,
      reason: 'captions-missing',
      message: `${id}: it has no caption, and counts as not found.`,
    })
  }
  return kept
}
