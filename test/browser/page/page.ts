/** What the tests run inside the browser, through the public API alone. */
import { engine } from '@tensorflow/tfjs-core'
import {
  DreamLIP,
  preprocessImage,
  Tokenizer,
  type DeviceName,
  type OpenCLIPConfig,
  type PreprocessOptions,
} from 'dreamlip'

interface Floats {
  readonly shape: number[]
  readonly data: number[]
}

/** The inputs of a golden file; the values stay with the test. */
interface GoldenInputs {
  readonly config: OpenCLIPConfig
  readonly pixels: Floats
  readonly tokens: number[][]
}

const page = {
  /** Loads a checkpoint by URL, embeds images by URL and texts, and frees everything. */
  async embed(checkpoint: string, device: DeviceName, images: string[], texts: string[]) {
    const tensorsBefore = engine().state.numTensors
    const model = await DreamLIP.load(checkpoint, { device })
    const result = {
      device: model.device,
      images: [...(await model.encodeImage(images)).data],
      texts: [...(await model.encodeText(texts)).data],
    }
    model.dispose()
    return { ...result, tensorsLeft: engine().state.numTensors - tensorsBefore }
  },

  /** All that the golden files hold of a model: features raw and normalised, and patch tokens. */
  async features(checkpoint: string, device: DeviceName, { config, pixels, tokens }: GoldenInputs) {
    const model = await DreamLIP.load(checkpoint, { device, config })
    const images = { pixels: new Float32Array(pixels.data), shape: pixels.shape as [number, 3, number, number] }
    const { image, patches } = await model.encodePatches(images)
    const features = {
      image_features_raw: image.data,
      image_features: (await model.encodeImage(images)).data,
      text_features_raw: (await model.encodeText({ tokens }, { normalize: false })).data,
      text_features: (await model.encodeText({ tokens })).data,
      patch_tokens: patches.data,
    }
    model.dispose()
    return Object.fromEntries(Object.entries(features).map(([name, data]) => [name, [...data]]))
  },

  /** Prepared pixels, as bytes in hexadecimal digest: equal digests, equal bytes. */
  async preprocess(image: string, options: PreprocessOptions) {
    const { data, shape } = await preprocessImage(image, options)
    const digest = await crypto.subtle.digest('SHA-256', data as Float32Array<ArrayBuffer>)
    return { shape, sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('') }
  },

  async tokenize(texts: string[]) {
    const tokenizer = await Tokenizer.load()
    return texts.map((text) => tokenizer.encode(text))
  },
}

declare global {
  interface Window {
    page: typeof page
  }
}

window.page = page
