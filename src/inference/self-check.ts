/** Compares a model's device with a plain one on a fixed input, because some devices compute wrong results without an error. */
import type { PreprocessedImage } from '../images/preprocess/preprocess'
import type { CLIPConfig } from '../models/config/config'
import { createRandom } from '../random'
import { chooseRuntime } from '../runtime/device'
import type { Device } from '../runtime/runtime'
import { nextTurn } from '../runtime/next-turn'
import type { Parameters, Runtime } from '../runtime/runtime'
import type { ModelDtype } from './programs/storage'
import { row, type Embeddings } from './embeddings/embeddings'
import { createEncoder, type Encoder } from './encoder'
import { embedImages } from './images/embed-images'
import { embedTexts } from './texts/embed-texts'
import { readsPadding } from './texts/text-batches'
import type { Progress } from '../progress'
import { elementCount } from '../shape'

/** How far a device's embeddings are from the reference's. */
export interface Deviation {
  /** The smallest cosine between the embeddings of the two devices: 1 if they agree, NaN if the device returned NaN. */
  readonly cosine: number
  /** The largest absolute difference between values of the normalised embeddings. */
  readonly largestDifference: number
}

/** The result of `selfCheck`. */
export interface SelfCheck {
  /** Whether both cosines reach `required`. */
  readonly ok: boolean
  readonly image: Deviation
  readonly text: Deviation
  /** The smallest cosine that counts as agreement: 0.9999, or 0.995 for `int8`, which is only close to float32. */
  readonly required: number
  readonly device: Device
  /** The reference device. */
  readonly reference: Device
  readonly seconds: number
}

export interface SelfCheckOptions {
  /** Called as weights are copied to the reference device; counts bytes. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/**
 * Float32 devices sum in different orders: their cosines differ from 1 by less than 1e-6 in Node and on software WebGPU. A device
 * that leaves out a bias, or overflows, differs more.
 */
const requiredCosine = 0.9999

/** The cosine required of int8 products on photographs. */
const requiredOfIntegers = 0.995

/** Length of a short caption in tokens. */
const shortText = 8

/** Compares the model's device with TensorFlow.js on WASM, or in JavaScript if that is the model's device or does not start. */
export async function selfCheck(
  encoder: Encoder,
  dtype: ModelDtype,
  options: SelfCheckOptions = {},
): Promise<SelfCheck> {
  const reference = await plainRuntime(encoder.runtime.device)
  return compareWith(reference, encoder, dtype, options)
}

/** Compares both towers in turn on the encoder's device and on the reference, with the weights as stored on the device. */
export async function compareWith(
  reference: Runtime,
  encoder: Encoder,
  dtype: ModelDtype,
  { onProgress, signal }: SelfCheckOptions = {},
): Promise<SelfCheck> {
  const start = performance.now()
  const { config, parameters, runtime, weights } = encoder
  await weights.need(undefined, { signal, onProgress })
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
    const copies = reference.createParameters()
    const plain = createEncoder(config, reference, copies)
    try {
      await copyTo(copies, parameters.names.filter(isOfTower))
      signal?.throwIfAborted()
      return compare(actual, await embed(plain))
    } finally {
      await plain.dispose()
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

/** @throws DreamLIPError `DEVICE_UNAVAILABLE` if there is no other device to compare with */
async function plainRuntime({ name, runtime }: Device): Promise<Runtime> {
  const [first, second] = (['wasm', 'cpu'] as const).filter((plain) => !(runtime === 'eager' && name === plain))
  const opened = chooseRuntime({ device: first, runtime: 'eager' })
  return second ? opened.catch(() => chooseRuntime({ device: second, runtime: 'eager' })) : opened
}

/** Noise with the mean and standard deviation of normalised photographs. */
function fixedImage({ vision: { imageSize } }: CLIPConfig): PreprocessedImage {
  const random = createRandom(1)
  const data = Float32Array.from({ length: 3 * imageSize ** 2 }, () => random.normal())
  return { data, shape: [3, imageSize, imageSize] }
}

/** Two texts of random tokens: one as long as the context, one as short as a caption if the tower allows it. */
function fixedTexts({ text }: CLIPConfig): Int32Array[] {
  const { contextLength, vocabularySize } = text
  const random = createRandom(2)
  const short = readsPadding(text) ? contextLength : Math.min(shortText, contextLength)
  return [contextLength, short].map((length) =>
    Int32Array.from({ length }, () => Math.floor(random.uniform() * vocabularySize)),
  )
}

function compare(actual: Embeddings, expected: Embeddings): Deviation {
  const cosines = Array.from({ length: expected.shape[0] }, (_, i) => {
    const ours = row(actual, i)
    return row(expected, i).reduce((sum, value, d) => sum + value * ours[d]!, 0)
  })
  const differences = actual.data.map((value, i) => Math.abs(value - expected.data[i]!))
  // Math.min and Math.max return NaN if one value is NaN, which is what the caller must see.
  return { cosine: Math.min(1, ...cosines), largestDifference: Math.max(...differences) }
}

function byteLength(parameters: Parameters, name: string): number {
  return Float32Array.BYTES_PER_ELEMENT * elementCount(parameters.shape(name))
}
