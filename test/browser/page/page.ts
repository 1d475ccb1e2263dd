/** The code that tests run inside the browser. It uses only the public API. */
import { engine } from '@tensorflow/tfjs-core'
import {
  DreamLIP,
  fetchVectorIndex,
  LongCaptionDataset,
  models,
  preprocessImage,
  readCheckpoint,
  readEmbeddings,
  Tokenizer,
  topK,
  Trainer,
  type CaptionRecord,
  type DreamLIPError,
  type LoadOptions,
  type PreprocessOptions,
  type RuntimeOptions,
  type ScheduleOptions,
  type Where,
} from 'dreamlip'
import { modelDifferences } from '../../golden-model'
import { errorsOn, type Golden as GoldenLoss } from '../../losses/golden-loss'
import type { Golden } from '../../models/golden'

interface TrainingWork {
  readonly config: Parameters<typeof DreamLIP.create>[0]
  readonly pictures: readonly (Omit<CaptionRecord, 'image'> & {
    readonly rgba: readonly number[]
    readonly width: number
  })[]
  readonly steps: number
  readonly schedule: ScheduleOptions
}

const page = {
  /** Fetches an index and searches it. */
  async searchIndex(address: string, query: readonly number[], k: number, where?: Where) {
    const index = await fetchVectorIndex(address)
    const { ids, scores } = await index.search(Float32Array.from(query), k, { where })
    await index.close()
    return { size: index.size, ids, scores: [...scores] }
  },

  /** Reads embeddings from an address, a Blob and bytes, and searches them for one of their rows. */
  async search(file: string, index: number, k: number) {
    const blob = await (await fetch(file)).blob()
    const [embeddings, ...others] = await Promise.all(
      [file, blob, await blob.arrayBuffer()].map((source) => readEmbeddings(source)),
    )
    const { data, shape, names } = embeddings!
    const query = data.slice(index * shape[1], (index + 1) * shape[1])
    const same = others.every((other) => JSON.stringify([...other.data]) === JSON.stringify([...data]))
    return { shape, names, same, hits: topK(embeddings!, query, k) }
  },

  /** The error when loading a model by name. */
  async errorOfName(name: string) {
    const error = await DreamLIP.load(name).then(
      () => undefined,
      (error: DreamLIPError) => error,
    )
    return { code: error?.code, message: error?.message }
  },

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

  /** All outputs of both towers of a model for preprocessed images and token ids. */
  async towers(checkpoint: string, options: LoadOptions, pixels: number[], tokens: number[][]) {
    const model = await DreamLIP.load(checkpoint, options)
    const side = model.config.vision.imageSize
    const count = pixels.length / (3 * side * side)
    const images = { pixels: Float32Array.from(pixels), shape: [count, 3, side, side] as const }
    const outputs = {
      images: [...(await model.encodeImage(images)).data],
      texts: [...(await model.encodeText({ tokens })).data],
      scores: [...(await model.match(images, { tokens })).data],
      patches: [...(await model.encodePatches(images, { layer: -2 })).patches.data],
    }
    const { device } = model
    model.dispose()
    return { outputs, device }
  },

  /** Scores preprocessed images with token ids, with a FLAIR model. */
  async match(checkpoint: string, options: LoadOptions, pixels: number[], tokens: number[][]) {
    const model = await DreamLIP.load(checkpoint, options)
    const side = model.config.vision.imageSize
    const count = pixels.length / (3 * side * side)
    const images = { pixels: Float32Array.from(pixels), shape: [count, 3, side, side] as const }
    const { data, shape } = await model.match(images, { tokens })
    const { device } = model
    model.dispose()
    return { scores: [...data], shape, device }
  },

  /** Loads a whole model and embeds an image, like a visit to an application: embedding, progress and warnings, or the error. */
  async visit(checkpoint: string, options: LoadOptions) {
    const warnings: string[] = []
    let loaded = 0
    try {
      const onWarning = (message: string) => warnings.push(message)
      const onProgress = ({ done, total }: { done: number; total: number }) => (loaded = done / total)
      const model = await DreamLIP.load(checkpoint, {
        device: 'wasm',
        runtime: 'eager',
        ...options,
        onWarning,
        onProgress,
      })
      await model.preload()
      const image = [...(await model.encodeImage(new ImageData(16, 16))).data]
      model.dispose()
      return { image, loaded, warnings }
    } catch (error) {
      const { code, message } = error as DreamLIPError
      return { code, message, warnings }
    }
  },

  listModels: () => models.list(),

  removeModel: (source: string) => models.remove(source),

  /** Loads a model (by default the small one inside the package), and returns its device and number of threads, or the error. */
  async start(options: LoadOptions, checkpoint?: string, settings: { numThreads?: number; proxy?: boolean } = {}) {
    const { env } = await import('onnxruntime-web/wasm')
    Object.assign(env.wasm, settings)
    try {
      const model = await DreamLIP.load(checkpoint, options)
      await model.encodeText('a rocket')
      model.dispose()
      return { device: model.device, threads: env.wasm.numThreads }
    } catch (error) {
      const { code, message } = error as DreamLIPError
      return { code, message }
    }
  },

  /** The number of requests for WebGPU and WebGL while two models start. */
  async questions() {
    const asked = { adapters: 0, contexts: 0 }
    const { requestAdapter } = GPU.prototype
    const { getContext } = OffscreenCanvas.prototype
    GPU.prototype.requestAdapter = function (...options) {
      asked.adapters++
      return requestAdapter.apply(this, options)
    }
    OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...options: [never]) {
      asked.contexts++
      return getContext.apply(this, options)
    } as typeof getContext
    for (let i = 0; i < 2; i++) (await DreamLIP.load()).dispose()
    return asked
  },

  /** The difference of each output from the values in a golden file. */
  async differences(checkpoint: string, golden: string, options: RuntimeOptions) {
    const expected = (await (await fetch(golden)).json()) as Golden
    const model = await DreamLIP.load(checkpoint, { ...options, config: expected.config })
    const differences = await modelDifferences(model, expected)
    model.dispose()
    return differences
  },

  /** The differences of a loss's value and gradients from a golden case. */
  lossErrors: (golden: GoldenLoss, options: RuntimeOptions) => errorsOn(golden, options),

  /** Trains a new model on square pictures, in batches of four with two captions each. Returns the losses and the final weights. */
  async train(options: RuntimeOptions, { config, pictures, steps, schedule }: TrainingWork) {
    const model = await DreamLIP.create(config, { seed: 1, ...options })
    const size = pictures[0]!.width
    const records = pictures.map(({ rgba, width, ...record }) => {
      return { ...record, image: new ImageData(Uint8ClampedArray.from(rgba), width) }
    })
    const loading = { batchSize: 4, imageSize: size, texts: { count: 1 }, augmentation: 'none' } as const
    const data = LongCaptionDataset.of(records).loader(loading)
    const losses: number[] = []
    await new Trainer({ model, data, schedule }).fit({ steps, onStep: ({ loss }) => losses.push(loss) })
    const { device } = model
    const saved = await readCheckpoint(await model.toBlob())
    const weights = [...(await saved.tensors.get('visual.proj')!.read())] as number[]
    model.dispose()
    return { device, losses, weights }
  },

  /** The error when creating a trainer with a folder. */
  async trainerWithFolder(options: RuntimeOptions, config: TrainingWork['config'], folder: string) {
    const model = await DreamLIP.create(config, options)
    const image = new ImageData(16, 16)
    const records = Array.from({ length: 4 }, (_, i) => ({ key: `${i}`, image, raw: 'black', captions: {} }))
    const data = LongCaptionDataset.of(records).loader({ batchSize: 4, imageSize: 16, augmentation: 'none' })
    try {
      new Trainer({ model, data, folder })
      return undefined
    } catch (error) {
      const { code, message } = error as DreamLIPError
      return { code, message }
    } finally {
      model.dispose()
    }
  },

  /** The methods whose results differ between a model here and one in a worker, and the device of the latter. */
  async differencesInWorker(checkpoint: string, options: LoadOptions, image: string) {
    const here = await DreamLIP.load(checkpoint, options)
    // Relative to the page, not to the worker's file.
    const there = await DreamLIP.load(checkpoint.replace('/', '../'), { ...options, worker: true })
    const images = await pageImages(image)
    const methods: Record<string, (model: DreamLIP) => Promise<unknown>> = {
      ...Object.fromEntries(
        Object.entries(images).map(([kind, image]) => [kind, (model: DreamLIP) => model.encodeImage(image)]),
      ),
      'all at once': (model) => model.encodeImage(Object.values(images), { batchSize: 2 }),
      texts: (model) => model.encodeText(['a rocket', 'coffee']),
      patches: (model) => model.encodePatches(images.canvas),
      similarity: (model) => model.similarity(image, ['a rocket']),
      classify: (model) => model.classify(images.bitmap, ['rocket', 'cat']),
      ground: (model) => model.ground(image, 'A rocket starts. It smokes.'),
      segment: (model) => model.segment(images.element, ['rocket', 'sky']),
      parameter: (model) => model.parameters.get('visual.proj')!.read(),
      file: async (model) => new Uint8Array(await (await model.toBlob()).arrayBuffer()),
    }
    const different: string[] = []
    for (const [name, work] of Object.entries(methods)) {
      const [expected, actual] = [await work(here), await work(there)]
      if (textOf(actual) !== textOf(expected)) different.push(name)
    }
    const stillThere = [images.bitmap.width, images.frame.codedWidth, images.offscreen.width]
    const { device } = there
    here.dispose()
    await there[Symbol.asyncDispose]()
    return { device, different, stillThere }
  },

  /** The code and message of the error of a load in a worker. */
  async failureInWorker(checkpoint: string, worker: boolean | string) {
    try {
      const model = await DreamLIP.load(checkpoint, { worker })
      model.dispose()
      return undefined
    } catch (error) {
      const { code, message } = error as DreamLIPError
      return { code, message }
    }
  },

  /** The properties of a model's device. */
  async check(checkpoint: string, options: RuntimeOptions) {
    const model = await DreamLIP.load(checkpoint, options)
    const found = await model.selfCheck()
    model.dispose()
    return found
  },

  /** A digest of prepared pixels: equal digests mean equal bytes. */
  async preprocess(image: string, options: PreprocessOptions) {
    const { data, shape } = await preprocessImage(image, options)
    const digest = await crypto.subtle.digest('SHA-256', data as Float32Array<ArrayBuffer>)
    return { shape, sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('') }
  },

  /** A loader's batch of a Blob and a canvas's pixels. */
  async firstBatch(image: string, size: number) {
    const blob = await (await fetch(image)).blob()
    const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' })
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!
    context.drawImage(bitmap, 0, 0)
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height)
    const captions = { other: 'It stands. It is white.' }
    const records = [blob, pixels].map((image, i) => ({ key: `${i}`, image, raw: 'A rocket.', captions }))
    const options = { batchSize: 2, imageSize: size, augmentation: 'none', texts: { count: 1 } } as const
    for await (const batch of LongCaptionDataset.of(records).loader(options).batches({ epoch: 0, sample: 0 })) {
      return { pixels: [...batch.images.pixels], captions: batch.captions }
    }
    throw new Error('no batch')
  },

  async tokenize(texts: string[]) {
    const tokenizer = await Tokenizer.load()
    return texts.map((text) => tokenizer.encode(text))
  },
}

/** One photograph in every image type of a page. */
async function pageImages(url: string) {
  const element = new Image()
  element.src = url
  await element.decode()
  const canvas = document.createElement('canvas')
  canvas.width = element.naturalWidth
  canvas.height = element.naturalHeight
  const context = canvas.getContext('2d')!
  context.globalAlpha = 0.7 // so that alpha counts
  context.drawImage(element, 0, 0)
  const offscreen = new OffscreenCanvas(100, 80)
  offscreen.getContext('2d')!.drawImage(element, 0, 0)
  const blob = await (await fetch(url)).blob()
  return {
    ...{ element, canvas, offscreen, blob, url },
    bitmap: await createImageBitmap(canvas),
    frame: new VideoFrame(canvas, { timestamp: 0 }),
    pixels: context.getImageData(0, 0, canvas.width, canvas.height),
    bytes: new Uint8Array(await blob.arrayBuffer()),
  }
}

/** Equal texts, equal bytes. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (ArrayBuffer.isView(part) ? Array.from(part as Uint8Array) : part))
}

declare global {
  interface Window {
    page: typeof page
  }
}

window.page = page
