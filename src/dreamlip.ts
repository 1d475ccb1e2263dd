/** The model as its users hold it: load, embed, classify, ground, segment, save. */
import { openEmbeddedModel } from '#embedded-model'
import type { ByteSourceInput } from './bytes/open-source'
import { readCheckpoint } from './checkpoint/read-checkpoint'
import type { HostTensor } from './checkpoint/tensor'
import { pruneTokenTable } from './checkpoint/token-table'
import { splitCaption } from './data/sampling/split-caption'
import { DreamLIPError } from './errors'
import type { ImageInput } from './images/raw-image'
import { segmentByLabels, similarityMap, type HeatMap, type Segmentation, type DenseFeatures } from './inference/dense'
import { denseFeatures } from './inference/dense-features'
import { cosineSimilarity, row, type Embeddings } from './inference/embeddings'
import {
  checkTower,
  createEncoder,
  embedImages,
  embedPatches,
  embedTexts,
  type Encoder,
  type PatchTokens,
} from './inference/encoder'
import type { ImageBatchInput } from './inference/image-batches'
import { readParameters } from './inference/load-model'
import type { ModelMetadata } from './inference/metadata'
import { explainAssumptions, planModel } from './inference/plan-model'
import type { Preprocessing } from './inference/preprocessing'
import { modelBlob, parametersAs, saveModel, type ModelFile } from './inference/save-model'
import { selfCheck, type SelfCheck, type SelfCheckOptions } from './inference/self-check'
import {
  batchOptions,
  checkDtype,
  checkFileDtype,
  type ClassifyOptions,
  type DenseOptions,
  type DeviceOptions,
  type EncodeOptions,
  type ExportOptions,
  type LoadOptions,
  type PatchOptions,
  type SaveOptions,
  type SegmentOptions,
} from './inference/options'
import { storageOf } from './inference/storage'
import {
  sequencesOf,
  tokenizeTexts,
  type TextBatchInput,
  type TextEmbeddings,
  type TokenizedTexts,
} from './inference/text-batches'
import { rankLabels, toClassifier, type Classification, type ZeroShotClassifier } from './inference/zero-shot'
import { parseConfig, type CLIPConfig, type ConfigInput } from './models/config'
import { createModel } from './models/parameters'
import type { DenseAttention } from './models/vision-transformer'
import { chooseRuntime, type Device } from './runtime/device'
import type { Parameters, Storage } from './runtime/runtime'
import { Tokenizer } from './tokenizer/tokenizer'
import { vocabularySize } from './tokenizer/vocabulary'
import { warn } from './warn'

const imageBatchSize = 8
const textBatchSize = 128

/** SCLIP's sharpness of the softmax over labels. */
const segmentationScale = 40

/** SCLIP scales the short side to 336 for windows of 224. */
const segmentationZoom = 1.5

/** What training needs of a model beyond its public methods. */
export interface TrainingAccess {
  readonly encoder: Encoder
  tokenize(texts: TextBatchInput): Promise<TokenizedTexts>
  /** Remembers that patches match texts as they are now. */
  setTrainedWithGrouping(): void
}

/** Opens a model to `training`. */
export let accessForTraining: (model: DreamLIP) => TrainingAccess

/**
 * A DreamLIP model (any CLIP of open_clip's layout) on a device.
 *
 * @example
 * const model = await DreamLIP.load('cc3m_dreamlip_vitb16.pt')
 * const [best] = (await model.classify('photo.jpg', ['cat', 'dog']))[0]
 */
export class DreamLIP {
  static {
    accessForTraining = (model) => ({
      encoder: model.live(),
      tokenize: (texts) => model.tokenize(texts),
      setTrainedWithGrouping() {
        model.trainedWithGrouping = true
        model.attention = 'standard'
      },
    })
  }

  /** The last block's attention that `ground` and `segment` use unless told otherwise; `save` remembers it. */
  attention: DenseAttention
  private trainedWithGrouping: boolean
  private tokenizer: Promise<Tokenizer> | undefined
  private disposed = false

  private constructor(
    private readonly encoder: Encoder,
    /** How weights are held. */
    readonly dtype: Storage,
    metadata: Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>,
    /**
     * What neither the file nor the files beside it told and was guessed when the model was loaded, and what the file held beside
     * the model: a sentence each. Empty when nothing was guessed.
     */
    readonly assumptions: readonly string[] = [],
    /** The file that the model was loaded from: of a folder, the one that was chosen. */
    readonly source: string | undefined = undefined,
  ) {
    this.attention = metadata.attention
    this.trainedWithGrouping = metadata.trainedWithGrouping
  }

  /**
   * Loads a checkpoint: a PyTorch file (zip, legacy or TorchScript) or safetensors, with the tensor names of open_clip,
   * OpenAI or Hugging Face, under any prefix. Only the model's own bytes are read, also over HTTP. What nothing tells about the model
   * is guessed; one warning and `assumptions` name it.
   * @param source a path, URL, Blob, or the bytes themselves; a folder as the Hub lays it out (its address ends in `/`), or the
   *   `.index.json` of a checkpoint in several files. A file with one tower alone makes a model that embeds only images, or only
   *   texts. Left out: the small model inside the package, which was trained on
   *   drawn scenes of emoji and knows nothing else (docs/emoji-scenes-model.md); browsers fetch it when it is asked for.
   * @throws DreamLIPError for files that cannot be read, are damaged, or do not hold the model that the config describes
   */
  static async load(source?: ByteSourceInput, options: LoadOptions = {}): Promise<DreamLIP> {
    const dtype = checkDtype(options.dtype)
    const { signal, onProgress } = options
    const runtime = await chooseRuntime(options)
    const checkpoint = await readCheckpoint(source === undefined ? await openEmbeddedModel() : source, options)
    const parameters = runtime.createParameters()
    try {
      const plan = await planModel(checkpoint, options)
      const warning = explainAssumptions(plan)
      if (warning) (options.onWarning ?? warn)(warning)
      for await (const { name, data, shape, done, total } of readParameters(plan, signal)) {
        parameters.set(name, { data, shape }, storageOf(name, shape, dtype))
        onProgress?.({ stage: 'load', done, total })
      }
      const encoder = createEncoder(plan.config, runtime, parameters, plan)
      return new DreamLIP(encoder, dtype, plan.metadata, plan.assumptions, checkpoint.file)
    } catch (error) {
      parameters.dispose()
      throw error
    } finally {
      await checkpoint.close()
    }
  }

  /** A model with random weights, initialised as the reference's. The same seed gives the same weights. */
  static async create(
    config: ConfigInput,
    { seed = 0, ...options }: DeviceOptions & { readonly seed?: number } = {},
  ): Promise<DreamLIP> {
    const dtype = checkDtype(options.dtype)
    const parsed = parseConfig(config)
    const runtime = await chooseRuntime(options)
    const parameters = runtime.createParameters()
    for (const [name, values] of createModel(parsed, { seed }).parameters) {
      parameters.set(name, values, storageOf(name, values.shape, dtype))
    }
    return new DreamLIP(createEncoder(parsed, runtime, parameters), dtype, {
      attention: 'correlative',
      trainedWithGrouping: false,
    })
  }

  /** The architecture. */
  get config(): CLIPConfig {
    return this.encoder.config
  }

  /** How images are prepared before they are embedded, at `config.vision.imageSize`. */
  get preprocessing(): Preprocessing {
    return this.encoder.preprocessing
  }

  /** The device that the model runs on, and why. */
  get device(): Device {
    return this.encoder.runtime.device
  }

  /** Parameters by their PyTorch names. `data` copies the values from the device each time that it is read. */
  get parameters(): ReadonlyMap<string, HostTensor> {
    const { parameters } = this.live()
    return new Map(parameters.names.map((name) => [name, hostTensor(parameters, name)]))
  }

  /** The factor on cosines before a softmax: the exponential of the parameter `logit_scale`. */
  get logitScale(): number {
    const encoder = this.live()
    // A tower alone need not have it, and what it scales needs both.
    if (encoder.missing && !encoder.parameters.names.includes('logit_scale')) checkTower(encoder, encoder.missing.tower)
    return Math.exp(encoder.parameters.read('logit_scale')[0]!)
  }

  /**
   * Embeds images.
   * @param images one image, several, or prepared pixels `{ pixels, shape: [n, 3, height, width] }`
   * @returns `[images, embedDim]`
   */
  async encodeImage(
    images: ImageBatchInput,
    { normalize = true, ...options }: EncodeOptions = {},
  ): Promise<Embeddings> {
    return embedImages(this.live(), images, normalize, batchOptions(options, imageBatchSize))
  }

  /**
   * Embeds texts. Each batch runs only as many positions as its longest text has; the result does not depend on it.
   * @param texts one text, several, or token ids `{ tokens }` with start and end token
   * @returns `[texts, embedDim]`, and which texts were cut because they exceed the context
   */
  async encodeText(
    texts: TextBatchInput,
    { normalize = true, ...options }: EncodeOptions = {},
  ): Promise<TextEmbeddings> {
    const encoder = this.live()
    const { sequences, truncated } = await this.tokenize(texts)
    const embeddings = await embedTexts(encoder, sequences, normalize, batchOptions(options, textBatchSize))
    return { ...embeddings, truncated }
  }

  /**
   * Image embeddings together with patch tokens. By default both are what the reference's `encode_image` returns: the image
   * embedding before normalisation, patch tokens after `ln_post`, unprojected. With `project` both have unit length in the
   * embedding space, ready to be compared with texts.
   */
  async encodePatches(
    images: ImageBatchInput,
    { project = false, attention = 'standard', ...options }: PatchOptions = {},
  ): Promise<{ image: Embeddings; patches: PatchTokens }> {
    return embedPatches(this.live(), images, { project, attention }, batchOptions(options, imageBatchSize))
  }

  /** Cosines between images and texts: `[images, texts]`. Either side may be embeddings computed before. */
  async similarity(
    images: ImageBatchInput | Embeddings,
    texts: TextBatchInput | Embeddings,
    options: Omit<EncodeOptions, 'normalize'> = {},
  ): Promise<Embeddings> {
    return cosineSimilarity(
      isEmbeddings(images) ? images : await this.encodeImage(images, options),
      isEmbeddings(texts) ? texts : await this.encodeText(texts, options),
    )
  }

  /**
   * Zero-shot classification.
   * @param labels class names, or a classifier that `buildZeroShotClassifier` built
   * @returns for each image the labels with their probabilities, the likeliest first
   */
  async classify(
    images: ImageBatchInput,
    labels: readonly string[] | ZeroShotClassifier,
    { templates, topK, ...options }: ClassifyOptions = {},
  ): Promise<Classification[][]> {
    const classifier = await toClassifier(this, labels, { templates, signal: options.signal })
    const cosines = await this.similarity(images, classifier.embeddings, options)
    const { logitScale } = this
    return Array.from({ length: cosines.shape[0] }, (_, i) =>
      rankLabels(row(cosines, i), classifier.labels, logitScale, topK),
    )
  }

  /**
   * Shows where in an image each phrase is found.
   * @param text a long caption, which is split into sentences, or the phrases themselves
   * @returns one heat map a phrase, at the size of the image
   */
  async ground(image: ImageInput, text: string | readonly string[], options: DenseOptions = {}): Promise<HeatMap[]> {
    const phrases = typeof text === 'string' ? splitCaption(text, { rule: 'sentences' }) : text
    if (phrases.length === 0) {
      throw new DreamLIPError('INVALID_ARGUMENT', `text: expected words to look for; got ${JSON.stringify(text)}.`)
    }
    const { batchSize, onProgress, ...quiet } = options
    const embeddings = await this.encodeText(phrases, { signal: quiet.signal })
    const features = await this.denseFeatures(image, this.config.vision.imageSize, options)
    return phrases.map((phrase, i) => ({
      text: phrase,
      data: similarityMap(features, row(embeddings, i)),
      shape: features.plan.image,
    }))
  }

  /**
   * Segments an image: which of the labels each pixel belongs to (SCLIP's protocol: overlapping windows, softmax of 40 · cosine).
   * @param labels class names (name the background too), or a classifier built before
   */
  async segment(
    image: ImageInput,
    labels: readonly string[] | ZeroShotClassifier,
    { templates, ...options }: SegmentOptions = {},
  ): Promise<Segmentation> {
    const classifier = await toClassifier(this, labels, { templates, signal: options.signal })
    const zoomed = Math.round(this.config.vision.imageSize * segmentationZoom)
    const features = await this.denseFeatures(image, zoomed, options)
    return segmentByLabels(features, classifier.labels, classifier.embeddings, segmentationScale)
  }

  /**
   * Compares the device that the model runs on with a plain one (TensorFlow.js on WASM, else on JavaScript alone), on a fixed
   * image and fixed texts, with the weights as the device holds them. For drivers and browsers that are new to you: some compute
   * wrong embeddings without an error. A ViT-B/16 takes a few seconds beside WASM, and a copy of one tower at a time in memory.
   * @returns whether they agree, and how far apart they are
   * @throws DreamLIPError `DEVICE_UNAVAILABLE` when there is nothing to compare with
   */
  async selfCheck(options: SelfCheckOptions = {}): Promise<SelfCheck> {
    return selfCheck(this.live(), this.dtype, options)
  }

  /**
   * Writes the model to a safetensors file, or to a PyTorch file where the path ends in `.pt` or `.pth`; the config travels with it.
   * @param path of the file
   * @param options `dtype`: `float32` (default), the values as the model holds them; `float16` or `bfloat16`: rounded to half the
   *   size, all but scalars. `tokens`: of the token table, these rows alone. Such a file loads as any other.
   * @throws DreamLIPError `WRITE_FAILED`; `INVALID_ARGUMENT` for an unknown dtype, a value beyond float16's range, or an id that is
   *   not in the vocabulary
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    await saveModel(path, this.fileOf(this.parameters, options))
  }

  /** The safetensors file that `save` would write, as a Blob: for browsers. */
  async toBlob(options: SaveOptions = {}): Promise<Blob> {
    const { parameters } = this.live()
    const held = new Map<string, HostTensor>()
    for (const name of parameters.names) {
      held.set(name, { data: await parameters.readLater(name), shape: parameters.shape(name), dtype: 'float32' })
    }
    return modelBlob(this.fileOf(held, options))
  }

  /**
   * Writes one tower as an ONNX file of ONNX's own operators, for other programs to run: `pixel_values` `[batch, 3, size, size]` →
   * `image_embeds` `[batch, embedDim]`, or `input_ids` `[batch, length]` (int64, the end token the largest id of each row) →
   * `text_embeds`. As Hugging Face's, embeddings are not normalised. docs/onnx.md says how to use the files.
   * @returns the files written: `path`, and `path_data` beside it where the weights exceed what one ONNX file can hold
   * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`
   */
  async exportOnnx(
    path: string,
    { part, dtype, dynamicBatch = true, batchSize, ...options }: ExportOptions,
  ): Promise<string[]> {
    const { config, parameters } = this.live()
    checkTower(this.encoder, part === 'text' ? 'text' : 'image')
    const batch = dynamicBatch ? undefined : batchOptions({ batchSize }, 1).batchSize
    const { exportOnnx } = await import('./inference/export-onnx')
    return exportOnnx(path, config, parameters, { part, dtype: checkDtype(dtype), batch, ...options })
  }

  /** Frees the weights on the device. The model cannot be used afterwards; calling it twice is harmless. */
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    this.encoder.programs.dispose()
    this.encoder.parameters.dispose()
  }

  private denseFeatures(
    image: ImageInput,
    defaultShortSide: number,
    { attention = this.attention, shortSide = defaultShortSide, ...options }: DenseOptions,
  ): Promise<DenseFeatures> {
    const settings = { attention, shortSide }
    return denseFeatures(this.live(), image, settings, batchOptions(options, imageBatchSize))
  }

  private async tokenize(texts: TextBatchInput): Promise<TokenizedTexts> {
    const { text } = this.config
    if (typeof texts === 'object' && 'tokens' in texts) return sequencesOf(texts, text)
    if (text.vocabularySize !== vocabularySize) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `texts: this model has a vocabulary of ${text.vocabularySize}, not CLIP's ${vocabularySize}; ` +
          'tokenize with its own tokenizer and pass { tokens: [[start, …, end]] }.',
      )
    }
    this.tokenizer ??= Tokenizer.load({ contextLength: text.contextLength })
    return tokenizeTexts(await this.tokenizer, typeof texts === 'string' ? [texts] : texts)
  }

  private fileOf(values: ReadonlyMap<string, HostTensor>, { dtype, tokens, metadata }: SaveOptions): ModelFile {
    const parameters = parametersAs(checkFileDtype(dtype), values)
    return {
      config: this.config,
      parameters: tokens ? pruneTokenTable(parameters, tokens) : parameters,
      denseUse: {
        attention: this.attention,
        trainedWithGrouping: this.trainedWithGrouping,
        preprocessing: this.preprocessing,
      },
      facts: metadata,
    }
  }

  private live(): Encoder {
    if (this.disposed) {
      throw new DreamLIPError('DISPOSED', 'This model was disposed; its weights are gone. Load it again to use it.')
    }
    return this.encoder
  }
}

function hostTensor(parameters: Parameters, name: string): HostTensor {
  return {
    shape: parameters.shape(name),
    dtype: 'float32',
    get data() {
      return parameters.read(name)
    },
  }
}

function isEmbeddings(value: object | string): value is Embeddings {
  return typeof value === 'object' && 'data' in value && 'shape' in value
}
