/** The model as its users hold it: load, embed, classify, ground, segment, save. */
import { openEmbeddedModel } from '#embedded-model'
import type { ByteSourceInput } from './bytes/read/open-source'
import { readCheckpoint } from './checkpoint/read-checkpoint'
import type { HostTensor } from './checkpoint/tensor'
import { pruneTokenTable } from './checkpoint/token-table'
import {
  checkCall,
  checkCallback,
  checkChoice,
  checkFlag,
  checkObject,
  checkPath,
  checkSeed,
  checkStrings,
  checkWhole,
  wrongArgument,
} from './check-arguments'
import { splitCaption } from './data/sampling/split-caption'
import { DreamLIPError } from './errors'
import type { ImageInput } from './images/raw-image'
import { checkImage } from './inference/images/check-images'
import {
  segmentByLabels,
  similarityMap,
  type HeatMap,
  type Segmentation,
  type DenseFeatures,
} from './inference/dense/dense'
import { denseFeatures } from './inference/dense/dense-features'
import { checkEmbeddings, cosineSimilarity, row, type Embeddings } from './inference/embeddings'
import {
  createEncoder,
  embedImages,
  embedPatches,
  embedTexts,
  type Encoder,
  type PatchTokens,
} from './inference/encoder'
import type { ImageBatchInput } from './inference/images/image-batches'
import { checkTower } from './inference/model-files/missing-tower'
import { checkFitsHalf } from './inference/finite'
import { readParameters } from './inference/model-files/load-model'
import { denseAttentions, type ModelMetadata } from './inference/model-files/metadata'
import { explainAssumptions, planModel } from './inference/model-files/plan-model'
import type { Preprocessing } from './inference/images/preprocessing'
import { modelBlob, parametersAs, saveModel, type ModelFile } from './inference/model-files/save-model'
import type { SelfCheck, SelfCheckOptions } from './inference/self-check'
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
  checkTexts,
  isTokenBatch,
  sequencesOf,
  tokenizeTexts,
  type TextBatchInput,
  type TextEmbeddings,
  type TokenizedTexts,
} from './inference/texts/text-batches'
import { rankLabels, toClassifier, type Classification, type ZeroShotClassifier } from './inference/zero-shot/zero-shot'
import { parseConfig, type CLIPConfig, type ConfigInput } from './models/config/config'
import { createModel } from './models/clip/parameters'
import type { DenseAttention } from './models/layers/vision-transformer'
import { chooseRuntime } from './runtime/device'
import type { Device } from './runtime/runtime'
import type { Storage } from './compile/storage'
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
    const { signal, onProgress, onWarning } = checkCall(options)
    checkCallback('onWarning', onWarning)
    const dtype = checkDtype(options.dtype)
    const runtime = await chooseRuntime(options)
    const checkpoint = await readCheckpoint(source === undefined ? await openEmbeddedModel() : source, options)
    const parameters = runtime.createParameters()
    try {
      const plan = await planModel(checkpoint, options)
      const warning = explainAssumptions(plan)
      if (warning) (onWarning ?? warn)(warning)
      for await (const { name, data, shape, done, total } of readParameters(plan, signal)) {
        const storage = storageOf(name, shape, dtype)
        if (storage === 'float16') checkFitsHalf(name, data, "Load it with dtype 'float32' instead.")
        parameters.set(name, { data, shape }, storage)
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
    options: DeviceOptions & { readonly seed?: number } = {},
  ): Promise<DreamLIP> {
    const { seed = 0 } = checkObject('options', options)
    checkSeed('seed', seed)
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
    const encoder = this.live()
    return new Map(encoder.parameters.names.map((name) => [name, hostTensor(encoder, name)]))
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
   * @param images one image, several, or prepared pixels `{ pixels, shape: [n, 3, height, width] }`; none give `[0, embedDim]`
   * @returns `[images, embedDim]`
   * @throws DreamLIPError `INVALID_ARGUMENT`; what decoding throws; `RUN_FAILED` naming an image whose embedding is NaN or infinite
   */
  async encodeImage(images: ImageBatchInput, options: EncodeOptions = {}): Promise<Embeddings> {
    return this.use(async (encoder) => {
      const { normalize = true, ...rest } = checkObject('options', options)
      checkFlag('normalize', normalize)
      return embedImages(encoder, images, normalize, batchOptions(rest, imageBatchSize))
    })
  }

  /**
   * Embeds texts. Each batch runs only as many positions as its longest text has; the result does not depend on it.
   * @param texts one text, several, or token ids `{ tokens }` with start and end token; none give `[0, embedDim]`
   * @returns `[texts, embedDim]`, and which texts were cut because they exceed the context
   * @throws DreamLIPError `INVALID_ARGUMENT`; `RUN_FAILED` naming a text whose embedding is NaN or infinite
   */
  async encodeText(texts: TextBatchInput, options: EncodeOptions = {}): Promise<TextEmbeddings> {
    return this.use(async (encoder) => {
      const { normalize = true, ...rest } = checkObject('options', options)
      checkFlag('normalize', normalize)
      const batches = batchOptions(rest, textBatchSize)
      const { sequences, truncated } = await this.tokenize(texts)
      return { ...(await embedTexts(encoder, sequences, normalize, batches)), truncated }
    })
  }

  /**
   * Image embeddings together with patch tokens. By default both are what the reference's `encode_image` returns: the image
   * embedding before normalisation, patch tokens after `ln_post`, unprojected. With `project` both have unit length in the
   * embedding space, ready to be compared with texts.
   */
  async encodePatches(
    images: ImageBatchInput,
    options: PatchOptions = {},
  ): Promise<{ image: Embeddings; patches: PatchTokens }> {
    return this.use(async (encoder) => {
      const { project = false, attention = 'standard', ...rest } = checkObject('options', options)
      checkFlag('project', project)
      checkChoice('attention', attention, denseAttentions)
      return embedPatches(encoder, images, { project, attention }, batchOptions(rest, imageBatchSize))
    })
  }

  /** Cosines between images and texts: `[images, texts]`. Either side may be embeddings computed before. */
  async similarity(
    images: ImageBatchInput | Embeddings,
    texts: TextBatchInput | Embeddings,
    options: Omit<EncodeOptions, 'normalize'> = {},
  ): Promise<Embeddings> {
    return this.use(async () => {
      batchOptions(options, imageBatchSize)
      if (isEmbeddings(images)) checkEmbeddings('images', images)
      if (isEmbeddings(texts)) checkEmbeddings('texts', texts)
      else checkTexts(texts)
      return cosineSimilarity(
        isEmbeddings(images) ? images : await this.encodeImage(images, options),
        isEmbeddings(texts) ? texts : await this.encodeText(texts, options),
      )
    })
  }

  /**
   * Zero-shot classification.
   * @param labels class names, or a classifier that `buildZeroShotClassifier` built
   * @returns for each image the labels with their probabilities, the likeliest first
   */
  async classify(
    images: ImageBatchInput,
    labels: readonly string[] | ZeroShotClassifier,
    options: ClassifyOptions = {},
  ): Promise<Classification[][]> {
    return this.use(async () => {
      const { templates, topK, ...rest } = checkObject('options', options)
      batchOptions(rest, imageBatchSize)
      if (topK !== undefined) checkWhole('topK', topK, 1)
      const classifier = await toClassifier(this, labels, { templates, signal: rest.signal })
      const cosines = await this.similarity(images, classifier.embeddings, rest)
      const { logitScale } = this
      return Array.from({ length: cosines.shape[0] }, (_, i) =>
        rankLabels(row(cosines, i), classifier.labels, logitScale, topK),
      )
    })
  }

  /**
   * Shows where in an image each phrase is found.
   * @param text a long caption, which is split into sentences, or the phrases themselves
   * @returns one heat map a phrase, at the size of the image
   */
  async ground(image: ImageInput, text: string | readonly string[], options: DenseOptions = {}): Promise<HeatMap[]> {
    return this.use(async () => {
      const { signal } = batchOptions(checkObject('options', options), imageBatchSize)
      checkImage('image', image)
      const phrases = phrasesOf(text)
      const embeddings = await this.encodeText(phrases, { signal })
      const features = await this.denseFeatures(image, this.config.vision.imageSize, options)
      return phrases.map((phrase, i) => ({
        text: phrase,
        data: similarityMap(features, row(embeddings, i)),
        shape: features.plan.image,
      }))
    })
  }

  /**
   * Segments an image: which of the labels each pixel belongs to (SCLIP's protocol: overlapping windows, softmax of 40 · cosine).
   * @param labels class names (name the background too), or a classifier built before
   */
  async segment(
    image: ImageInput,
    labels: readonly string[] | ZeroShotClassifier,
    options: SegmentOptions = {},
  ): Promise<Segmentation> {
    return this.use(async () => {
      const { templates, ...rest } = checkObject('options', options)
      const { signal } = batchOptions(rest, imageBatchSize)
      checkImage('image', image)
      const classifier = await toClassifier(this, labels, { templates, signal })
      const zoomed = Math.round(this.config.vision.imageSize * segmentationZoom)
      const features = await this.denseFeatures(image, zoomed, rest)
      return segmentByLabels(features, classifier.labels, classifier.embeddings, segmentationScale)
    })
  }

  /**
   * Compares the device that the model runs on with a plain one (TensorFlow.js on WASM, else on JavaScript alone), on a fixed
   * image and fixed texts, with the weights as the device holds them. For drivers and browsers that are new to you: some compute
   * wrong embeddings without an error. A ViT-B/16 takes a few seconds beside WASM, and a copy of one tower at a time in memory.
   * @returns whether they agree, and how far apart they are
   * @throws DreamLIPError `DEVICE_UNAVAILABLE` when there is nothing to compare with
   */
  async selfCheck(options: SelfCheckOptions = {}): Promise<SelfCheck> {
    return this.use(async (encoder) => {
      const checked = checkCall(options)
      const { selfCheck } = await import('./inference/self-check')
      return selfCheck(encoder, this.dtype, checked)
    })
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
    return this.use(() => saveModel(checkPath('path', path), this.fileOf(this.parameters, options)))
  }

  /** The safetensors file that `save` would write, as a Blob: for browsers. */
  async toBlob(options: SaveOptions = {}): Promise<Blob> {
    return this.use(async ({ parameters }) => {
      const held = new Map<string, HostTensor>()
      for (const name of parameters.names) {
        held.set(name, { data: await parameters.readLater(name), shape: parameters.shape(name), dtype: 'float32' })
      }
      return modelBlob(this.fileOf(held, options))
    })
  }

  /**
   * Writes one tower as an ONNX file of ONNX's own operators, for other programs to run: `pixel_values` `[batch, 3, size, size]` →
   * `image_embeds` `[batch, embedDim]`, or `input_ids` `[batch, length]` (int64, the end token the largest id of each row) →
   * `text_embeds`. As Hugging Face's, embeddings are not normalised. docs/onnx.md says how to use the files.
   * @returns the files written: `path`, and `path_data` beside it where the weights exceed what one ONNX file can hold
   * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`
   */
  async exportOnnx(path: string, options: ExportOptions): Promise<string[]> {
    return this.use(async ({ config, parameters }) => {
      const { part, dtype, dynamicBatch = true, batchSize, ...rest } = checkObject('options', options)
      const { signal, onProgress } = checkCall(rest)
      checkTower(this.encoder, part === 'text' ? 'text' : 'image')
      checkFlag('dynamicBatch', dynamicBatch)
      const fixed = batchOptions({ batchSize }, 1).batchSize
      const batch = dynamicBatch ? undefined : fixed
      const { exportOnnx } = await import('./inference/export/export-onnx')
      return exportOnnx(path, config, parameters, { part, dtype: checkDtype(dtype), batch, signal, onProgress })
    })
  }

  /**
   * Frees the weights on the device. Calling it twice is harmless. Calls that still run reject with `DISPOSED`, at their next batch
   * at the latest; so does every later one.
   */
  dispose(): void {
    this.encoder.dispose()
  }

  private denseFeatures(
    image: ImageInput,
    defaultShortSide: number,
    { attention = this.attention, shortSide = defaultShortSide, ...options }: DenseOptions,
  ): Promise<DenseFeatures> {
    checkChoice('attention', attention, denseAttentions)
    return denseFeatures(this.live(), image, { attention, shortSide }, batchOptions(options, imageBatchSize))
  }

  private async tokenize(texts: TextBatchInput): Promise<TokenizedTexts> {
    const { text } = this.config
    checkTexts(texts)
    checkTower(this.live(), 'text')
    if (isTokenBatch(texts)) return sequencesOf(texts, text)
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

  private fileOf(values: ReadonlyMap<string, HostTensor>, options: SaveOptions): ModelFile {
    const { dtype, tokens, metadata } = checkObject('options', options)
    const parameters = parametersAs(checkFileDtype(dtype), values)
    return {
      config: this.config,
      parameters: tokens === undefined ? parameters : pruneTokenTable(parameters, tokens),
      denseUse: {
        attention: this.attention,
        trainedWithGrouping: this.trainedWithGrouping,
        preprocessing: this.preprocessing,
      },
      facts: checkFacts(metadata),
    }
  }

  private live(): Encoder {
    this.encoder.checkAlive()
    return this.encoder
  }

  /** Runs work on the model while it lives: what fails because the model was disposed meanwhile says so. */
  private async use<T>(work: (encoder: Encoder) => Promise<T>): Promise<T> {
    const encoder = this.live()
    try {
      return await work(encoder)
    } catch (error) {
      encoder.checkAlive()
      throw error
    }
  }
}

function hostTensor({ parameters, checkAlive }: Encoder, name: string): HostTensor {
  return {
    shape: parameters.shape(name),
    dtype: 'float32',
    get data() {
      checkAlive()
      return parameters.read(name)
    },
  }
}

/** The phrases to look for: a caption's sentences, or those given. */
function phrasesOf(text: string | readonly string[]): readonly string[] {
  const expected = 'words to look for: a caption, or an array of phrases'
  if (typeof text !== 'string') checkStrings('text', text, expected)
  const phrases = typeof text === 'string' ? splitCaption(text, { rule: 'sentences' }) : text
  if (phrases.length === 0) throw wrongArgument('text', expected, text)
  return phrases
}

/** Facts that go into a file: strings by name, as safetensors has it. */
function checkFacts(metadata: SaveOptions['metadata']): SaveOptions['metadata'] {
  if (metadata === undefined) return undefined
  for (const [name, fact] of Object.entries(checkObject('metadata', metadata))) {
    if (typeof fact !== 'string') throw wrongArgument(`metadata.${name}`, 'a string', fact)
  }
  return metadata
}

function isEmbeddings(value: unknown): value is Embeddings {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value
}
