/** Compares a model's device with a plain one on a fixed input: some devices compute wrong numbers and say nothing. */
import type { PreprocessedImage } from '../images/preprocess/preprocess'
import type { CLIPConfig } from '../models/config/config'
import { createRandom } from '../random'
import { chooseRuntime } from '../runtime/device'
import type { Device } from '../runtime/runtime'
import { nextTurn } from '../runtime/next-turn'
import type { Parameters, Runtime } from '../runtime/runtime'
import type { Storage } from '../compile/storage'
import { row, type Embeddings } from './embeddings'
import { createEncoder, type Encoder } from './encoder'
import { embedImages } from './images/embed-images'
import { embedTexts } from './texts/embed-texts'
import type { Progress } from '../progress'

/** How far a device's embeddings are from the reference's. */
export interface Deviation {
  /** Between the embeddings: 1 where they agree; NaN where the device gave numbers that are none. Of several, the smallest. */
  readonly cosine: number
  /** The largest absolute difference between values of the embeddings at unit length. */
  readonly largestDifference: number
}

/** What `selfCheck` found. */
export interface SelfCheck {
  /** Whether both cosines reach `required`. */
  readonly ok: boolean
  readonly image: Deviation
  readonly text: Deviation
  /** The smallest cosine that counts as agreement: 0.9999, and 0.995 where products of integers (`int8`) are meant to be close only. */
  readonly required: number
  readonly device: Device
  /** What it was compared with. */
  readonly reference: Device
  readonly seconds: number
}

export interface SelfCheckOptions {
  /** Called with the bytes of weights that the reference has been given so far. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/**
 * Float32 devices differ in the order of their sums: by less than 1e-6 from 1 in Node and on software WebGPU. One that leaves out
 * a bias, or overflows, is further off.
 */
const requiredCosine = 0.9999

/** The cosine that int8 products are held to on photographs. */
const requiredOfIntegers = 0.995

/** Tokens of a short caption. */
const shortText = 8

/** The device at hand compared with TensorFlow.js on WASM, else on plain JavaScript: whichever of them it is not itself. */
export async function selfCheck(encoder: Encoder, dtype: Storage, options: SelfCheckOptions = {}): Promise<SelfCheck> {
  const reference = await plainRuntime(encoder.runtime.device)
  return compareWith(reference, encoder, dtype, options)
}

/** Both towers on the encoder's device and on the reference, with the weights as the device holds them; one tower after the other. */
export async function compareWith(
  reference: Runtime,
  encoder: Encoder,
  dtype: Storage,
  { onProgress, signal }: SelfCheckOptions = {},
): Promise<SelfCheck> {
  const start = performance.now()
  const { config, parameters, runtime } = encoder
  const isOfImages = (name: string) => name.startsWith('visual.')
  const total = parameters.names.reduce((sum, name) => sum + byteLength(parameters, name), 0)
  let done = 0
  const copyTo = async (copy: Parameters, names: readonly string[]): Promise<void> => {
    for (const name of names) {
      encoder.checkAlive()
      copy.set(name, { data: await parameters.readLater(name), shape: parameters.shape(name) })
      done += byteLength(parameters, name)
      onProgress?.({ stage: 'check', done, total })
    }
    await nextTurn()
  }
  const deviation = async (
    isOfTower: (name: string) => boolean,
    embed: (encoder: Encoder) => Promise<Embeddings>,
  ): Promise<Deviation> => {
    signal?.throwIfAborted()
    const actual = await embed(encoder)
    const weights = reference.createParameters()
    const plain = createEncoder(config, reference, weights)
    try {
      await copyTo(weights, parameters.names.filter(isOfTower))
      signal?.throwIfAborted()
      return compare(actual, await embed(plain))
    } finally {
      plain.dispose()
    }
  }
  const image = await deviation(isOfImages, (side) =>
    embedImages(side, fixedImage(config), true, { batchSize: 1, nameOf: null }),
  )
  const texts = fixedTexts(config)
  const text = await deviation(
    (name) => !isOfImages(name),
    (side) => embedTexts(side, texts, true, { batchSize: texts.length, nameOf: null }),
  )
  const required = dtype === 'int8' && runtime.device.runtime === 'compiled' ? requiredOfIntegers : requiredCosine
  return {
    ok: image.cosine >= required && text.cosine >= required,
    image,
    text,
    required,
    device: runtime.device,
    reference: reference.device,
    seconds: (performance.now() - start) / 1000,
  }
}

/** @throws DreamLIPError `DEVICE_UNAVAILABLE` where there is no other device to compare with */
async function plainRuntime({ name, runtime }: Device): Promise<Runtime> {
  const [first, second] = (['wasm', 'cpu'] as const).filter((plain) => !(runtime === 'eager' && name === plain))
  const opened = chooseRuntime({ device: first, runtime: 'eager' })
  return second ? opened.catch(() => chooseRuntime({ device: second, runtime: 'eager' })) : opened
}

/** Noise with the mean and deviation of normalised photographs. */
function fixedImage({ vision: { imageSize } }: CLIPConfig): PreprocessedImage {
  const random = createRandom(1)
  const data = Float32Array.from({ length: 3 * imageSize ** 2 }, () => random.normal())
  return { data, shape: [3, imageSize, imageSize] }
}

/** Two texts of any tokens: one as long as the context, one as short as a caption. */
function fixedTexts({ text: { contextLength, vocabularySize } }: CLIPConfig): Int32Array[] {
  const random = createRandom(2)
  return [contextLength, Math.min(shortText, contextLength)].map((length) =>
    Int32Array.from({ length }, () => Math.floor(random.uniform() * vocabularySize)),
  )
}

function compare(actual: Embeddings, expected: Embeddings): Deviation {
  const cosines = Array.from({ length: expected.shape[0] }, (_, i) => {
    const ours = row(actual, i)
    return row(expected, i).reduce((sum, value, d) => sum + value * ours[d]!, 0)
  })
  const differences = actual.data.map((value, i) => Math.abs(value - expected.data[i]!))
  // Math.min and Math.max give NaN where one value is NaN: exactly what has to be seen.
  return { cosine: Math.min(1, ...cosines), largestDifference: Math.max(...differences) }
}

function byteLength(parameters: Parameters, name: string): number {
  return Float32Array.BYTES_PER_ELEMENT * parameters.shape(name).reduce((product, size) => product * size, 1)
}
