/** From an image and its texts to what the towers take. */
import { decodeImage } from '#images/decode'
import { augment, type Augmentation } from '../images/augment'
import { normalizePixels } from '../images/normalize'
import { resizeAndCrop } from '../images/preprocess'
import type { ImageInput } from '../images/raw-image'
import { createRandom } from '../random'
import { Tokenizer } from '../tokenizer/tokenizer'

/** All that a thread has to know. */
export interface PrepareTask {
  readonly image: ImageInput
  readonly texts: readonly string[]
  readonly size: number
  readonly mean: readonly number[] | undefined
  readonly std: readonly number[] | undefined
  readonly exifOrientation: boolean
  /** Without one the image is prepared as for evaluation. */
  readonly augmentation: Augmentation | undefined
  /** Decides what the augmentation does. */
  readonly seed: number
  readonly contextLength: number
}

export interface PreparedSample {
  /** `[3, size, size]` */
  readonly pixels: Float32Array
  /** Ids of each text, start and end token included, none after it. */
  readonly tokens: readonly (readonly number[])[]
}

let tokenizer: Promise<Tokenizer> | undefined

/** @throws DreamLIPError as decoding does */
export async function prepareSample(task: PrepareTask): Promise<PreparedSample> {
  const { size, exifOrientation, augmentation } = task
  const image = await decodeImage(task.image, { exifOrientation })
  const picture = augmentation
    ? augment(image, size, augmentation, createRandom(task.seed))
    : resizeAndCrop(image, size)
  const pixels = normalizePixels(picture.data, task.mean, task.std)
  tokenizer ??= Tokenizer.load()
  return { pixels, tokens: tokenize(await tokenizer, task.texts, task.contextLength) }
}

function tokenize(tokenizer: Tokenizer, texts: readonly string[], contextLength: number): number[][] {
  const { startToken, endToken } = tokenizer
  return texts.map((text) => [startToken, ...tokenizer.encode(text).slice(0, contextLength - 2), endToken])
}
