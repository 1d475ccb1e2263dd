/** What the tests run inside the browser, through the public API alone. */
import { engine } from '@tensorflow/tfjs-core'
import {
  DreamLIP,
  preprocessImage,
  Tokenizer,
  type PreprocessOptions,
  type LoadOptions,
  type RuntimeOptions,
} from 'dreamlip'
import { modelDifferences } from '../../golden-model'
import type { Golden } from '../../models/golden'

const page = {
  /** Loads a checkpoint by URL, embeds images by URL and texts, and frees everything. */
  async embed(checkpoint: string, options: LoadOptions, images: string[], texts: string[]) {
    const tensorsBefore = engine().state.numTensors
    const model = await DreamLIP.load(checkpoint, options)
    const result = {
      device: model.device,
      images: [...(await model.encodeImage(images)).data],
      texts: [...(await model.encodeText(texts)).data],
    }
    model.dispose()
    return { ...result, tensorsLeft: engine().state.numTensors - tensorsBefore }
  },

  /** How far each output is from what a golden file holds. */
  async differences(checkpoint: string, golden: string, options: RuntimeOptions) {
    const expected = (await (await fetch(golden)).json()) as Golden
    const model = await DreamLIP.load(checkpoint, { ...options, config: expected.config })
    const differences = await modelDifferences(model, expected)
    model.dispose()
    return differences
  },

  /** What a model's device says of itself. */
  async check(checkpoint: string, options: RuntimeOptions) {
    const model = await DreamLIP.load(checkpoint, options)
    const found = await model.selfCheck()
    model.dispose()
    return found
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
