/** Lets a long run continue if some of its images are broken. */
import { DreamLIPError, isImageProblem, type ErrorCode } from '../index.node.ts'
import type { Context, Step } from './verb'

/** An image that was left out, and why. */
export interface SkippedImage {
  readonly image: string
  readonly code: ErrorCode
  readonly message: string
}

/** One result for each image that could be read. */
export interface Results<T> {
  readonly images: readonly string[]
  readonly results: readonly T[]
  readonly skipped: readonly SkippedImage[]
}

/** Returns one result per image, in order. */
type Work<T> = (images: readonly string[], onProgress: (step: Step) => void) => Promise<readonly T[]>

/** Images are processed in groups of this many. A group with a broken image is processed again, one image at a time. */
const groupSize = 64

/** Passes all images to `work` at once, so the first broken one ends the run. With `skipBroken`, broken images are left out. */
export async function withReadableImages<T>(
  images: readonly string[],
  { skipBroken = false }: { readonly skipBroken?: boolean },
  { onProgress, note }: Context,
  work: Work<T>,
): Promise<Results<T>> {
  if (!skipBroken) return { images, results: await work(images, onProgress).catch(adviseToSkip), skipped: [] }
  const results: T[] = []
  const read: string[] = []
  const skipped: SkippedImage[] = []
  const attempt = async (group: readonly string[]): Promise<void> => {
    const before = read.length + skipped.length
    try {
      results.push(
        ...(await work(group, (step) =>
          onProgress(step.stage === 'load' ? step : { ...step, done: before + step.done, total: images.length }),
        )),
      )
      read.push(...group)
    } catch (error) {
      if (!isImageProblem(error)) throw error
      if (group.length > 1) for (const image of group) await attempt([image])
      else {
        skipped.push({ image: group[0]!, code: error.code, message: error.message })
        note(`left out: ${error.message}`)
      }
    }
  }
  for (let from = 0; from < images.length; from += groupSize) await attempt(images.slice(from, from + groupSize))
  if (read.length > 0 || skipped.length === 0) return { images: read, results, skipped }
  throw new DreamLIPError(
    'IMAGE_INVALID',
    images.length === 1 ? 'The only image cannot be read.' : `None of the ${images.length} images can be read.`,
  )
}

function adviseToSkip(error: unknown): never {
  if (!isImageProblem(error)) throw error
  throw new DreamLIPError(error.code, `${error.message} (--skip-broken leaves such images out.)`, { cause: error })
}
