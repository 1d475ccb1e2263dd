/** Builds a choice set from the entries of a list, and checks its images, captions and numbers. */
import { DreamLIPError } from '../../../errors'
import type { ByteStream } from '../../../images/byte-stream'
import type { Choice, ChoiceSet, DataProblem, NamedImage } from '../data-set'
import { locateImages } from '../listed/located-images.node.ts'
import { croppedImage, type Box } from './cropped-image.node.ts'

export interface ListedChoice {
  readonly id: string
  /** Paths relative to the folder of the images. */
  readonly files: readonly string[]
  /** The part of the image that the choice is about. */
  readonly box?: Box
  /** The caption of each image, or the right caption of one image and then wrong ones. */
  readonly captions: readonly (string | undefined)[]
  readonly category: string
}

export interface ChoiceListing extends Pick<ChoiceSet, 'name' | 'split'> {
  readonly images: string
  readonly listed: readonly ListedChoice[]
  readonly problems: readonly DataProblem[]
}

/**
 * Choices with an empty caption, and those whose captions are equal, cannot be answered: they are left out and reported.
 * @throws DreamLIPError `DATA_EMPTY` if no choice is left; the signal's reason when aborted
 */
export async function toChoiceSet(listing: ChoiceListing, signal?: AbortSignal): Promise<ChoiceSet> {
  const { name, split, images: folder } = listing
  const problems = [...listing.problems]
  const listed = listing.listed.filter((choice) => isAnswerable(choice, problems))
  if (listed.length === 0) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `${name}, ${split}: the list contains no choice. ${problems[0]?.message ?? ''}`.trim(),
    )
  }
  const files = [...new Set(listed.flatMap((choice) => choice.files))]
  const paths = await locateImages(
    folder,
    files.map((file) => ({ id: file, file })),
    problems,
    signal,
  )
  const pathOf = new Map(files.map((file, i) => [file, paths[i]!]))
  const samples = listed.map(({ id, files: own, box, captions, category }): Choice => ({
    id,
    images: own.map((file) => namedImage(file, pathOf.get(file)!, box)),
    captions: captions as readonly string[],
    category,
  }))
  return { task: 'choice', name, split, samples, problems }
}

/** The id of a cropped image contains its box, because embeddings are kept by id. */
function namedImage(file: string, path: string, box?: Box): NamedImage {
  if (!box) return { id: file, image: path }
  const image: ByteStream = croppedImage(path, box)
  return { id: `${file}[${box.join(',')}]`, image }
}

function isAnswerable({ id, captions }: ListedChoice, problems: DataProblem[]): boolean {
  const empty = captions.filter((caption) => caption === undefined || caption.trim() === '').length
  if (empty > 0) {
    problems.push({
      item: id,
      reason: 'caption-empty',
      message: `${id}: ${empty} of ${captions.length} captions are empty; it is left out.`,
    })
  } else if (captions.slice(1).includes(captions[0])) {
    problems.push({
      item: id,
      reason: 'captions-equal',
      message: `${id}: a wrong caption is equal to the right one; it is left out.`,
    })
  } else return true
  return false
}
