/** Turns an image and its texts into the inputs of the towers. */
import { decodeRegion } from '#images/decode'
import { augment, randomCrop, type Augmentation } from '../../../images/augment/augment'
import { normalizePixels } from '../../../images/preprocess/normalize'
import { decodeSquare, type ResizeMode } from '../../../images/preprocess/preprocess'
import type { Interpolation } from '../../../images/resample/kernel'
import type { ImageInput } from '../../../images/raw-image'
import { createRandom } from '../../../random'
import { Tokenizer } from '../../../tokenizer/tokenizer'

/** Everything that a thread needs. */
export interface PrepareTask {
  readonly image: ImageInput
  readonly texts: readonly string[]
  readonly size: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** For images that are not augmented. */
  readonly resizeMode: ResizeMode
  readonly interpolation: Interpolation
  readonly exifOrientation: boolean
  /** `undefined` prepares the image as for evaluation. */
  readonly augmentation: Augmentation | undefined
  /** Seed of the augmentation. */
  readonly seed: number
  readonly contextLength: number
  /** Shared memory that the pixels are written to, `[3, size, size]`, so that they need not be sent between threads. */
  readonly into: Float32Array
}

/** Token ids of each text, with start and end token and without padding. */
export type TokenLists = readonly (readonly number[])[]

let tokenizer: Promise<Tokenizer> | undefined

/** Writes the pixels to `task.into`. @returns the tokens @throws DreamLIPError as decoding does */
export async function prepareSample(task: PrepareTask): Promise<TokenLists> {
  const rgb = await (task.augmentation ? augmented(task, task.augmentation) : prepared(task)) // [size, size, 3]
  tokenizer ??= Tokenizer.load()
  normalizePixels(rgb, task.mean, task.std, task.into)
  return tokenize(await tokenizer, task.texts, task.contextLength)
}

async function augmented({ image, size, exifOrientation, seed }: PrepareTask, augmentation: Augmentation) {
  const random = createRandom(seed)
  const rgb = await decodeRegion(image, { size, exifOrientation, ...randomCrop(augmentation, random) })
  augment(rgb, size, augmentation, random)
  return rgb
}

async function prepared({ image, size, resizeMode, interpolation, exifOrientation }: PrepareTask) {
  return (await decodeSquare(image, size, { resizeMode, interpolation, exifOrientation })).data
}

function tokenize(tokenizer: Tokenizer, texts: readonly string[], contextLength: number): number[][] {
  const { startToken, endToken } = tokenizer
  return texts.map((text) => [startToken, ...tokenizer.encode(text).slice(0, contextLength - 2), endToken])
}
