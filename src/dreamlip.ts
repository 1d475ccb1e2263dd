/** The main class: loads a model, embeds images and texts, classifies, grounds, segments and saves. */
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
  checkStringsByName,
  checkWhole,
  wrongArgument,
} from './check-arguments'
import { splitCaption } from './data/sampling/split-caption'
import type { ImageInput } from './images/raw-image'
import { checkImage, type ImageBatchInput } from './inference/images/image-list'
import {
  segmentByLabels,
  similarityMap,
  type HeatMap,
  type Segmentation,
  type DenseFeatures,
} from './inference/dense/dense'
import { denseFeatures } from './inference/dense/dense-features'
import { checkEmbeddings, cosineSimilarity, isEmbeddings, row, type Embeddings } from './inference/embeddings'
import {
  createEncoder,
  embedImages,
  embedPatches,
  embedTexts,
  type Encoder,
  type PatchTokens,
} from './inference/encoder'
import { checkTower } from './inference/model-files/missing-tower'
import { checkFitsHalf } from './inference/finite'
import { attentionOf, createModelState, type ModelState } from './inference/model-state'
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
import { checkTexts, type TextBatchInput, type TextEmbeddings } from './inference/texts/sequences'
import { tokenizeForModel } from './inference/texts/tokenize-for-model'
import { rankLabels, toClassifier, type Classification, type ZeroShotClassifier } from './inference/zero-shot/zero-shot'
import { parseConfig, type CLIPConfig, type ConfigInput } from './models/config/config'
import { createModel } from './models/clip/parameters'
import type { DenseAttention } from './models/layers/vision-transformer'
import { chooseRuntime } from './runtime/device'
import type { Device } from './runtime/runtime'
import type { Storage } from './compile/storage'
import { warn } from './warn'

const imageBatchSize = 8
const textBatchSize = 128

/** The factor on cosines before the softmax over labels, from SCLIP. */
const segmentationScale = 40

/** SCLIP scales the short side of an image to 336 pixels and uses windows of 224. */
const segmentationZoom = 1.5

/**
 * A DreamLIP model, or any other CLIP model with open_clip's architecture, on a device.
 *
 * @example
 * const model = await DreamLIP.load('cc3m_dreamlip_vitb16.pt')
 * const [best] = (await model.classify('photo.jpg', ['cat', 'dog']))[0]
 */
export class DreamLIP {
  private readonly state: ModelState

  private constructor(
    encoder: Encoder,
    /** The type in which the weights are stored on the device. */
    readonly dtype: Storage,
    metadata: Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>,
    /**
     * What was guessed when the model was loaded, because neither the file nor the files next to it say, and what was left out of
     * the file because it is not part of the model. One sentence each; empty if nothing was guessed or left out.
     */
    readonly assumptions: readonly string[] = [],
    /** The file that the model was loaded from. For a folder, the file in it that was chosen. */
    readonly source: string | undefined = undefined,
  ) {
    this.state = createModelState(this, encoder, metadata)
  }

  /**
   * Loads a checkpoint: a PyTorch file (zip, legacy or TorchScript) or safetensors, with the tensor names of open_clip,
   * OpenAI or Hugging Face, with any prefix. Only the bytes of the model are read, also over HTTP. If nothing says what the model's
   * architecture is, it is guessed: one warning and `assumptions` name the guesses.
   * @param source a path, URL, Blob, or bytes; a folder in the layout of the Hugging Face Hub (its URL ends in `/`), or the
   *   `.index.json` of a checkpoint in several files. A file with only one tower gives a model that embeds only images or only
   *   texts. Default: the small model inside the package, which was trained on drawn scenes of emoji and knows nothing else
   *   (docs/emoji-scenes-model.md). Browsers fetch it only for this call.
   * @throws DreamLIPError if a file cannot be read, is damaged, or does not contain the model that the config describes
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

  /** Creates a model with random weights, initialised as in the reference. The same seed gives the same weights. */
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

  /**
   * The last block's attention that `ground` and `segment` use unless told otherwise; `save` remembers it. Unless it is set here or in
   * the file, it suits the model's training: `standard` once the model was trained with the subcaption-patch loss, else `correlative`.
   */
  get attention(): DenseAttention {
    return attentionOf(this.state)
  }

  set attention(attention: DenseAttention) {
    this.state.chosenAttention = attention
  }

  /** The architecture. */
  get config(): CLIPConfig {
    return this.state.encoder.config
  }

  /** How images are prepared before they are embedded. Their size is `config.vision.imageSize`. */
  get preprocessing(): Preprocessing {
    return this.state.encoder.preprocessing
  }

  /** The device that the model runs on, and why. */
  get device(): Device {
    return this.state.encoder.runtime.device
  }

  /** The parameters by their PyTorch names. Each read of `data` copies the values from the device. */
  get parameters(): ReadonlyMap<string, HostTensor> {
    const encoder = this.live()
    return new Map(encoder.parameters.names.map((name) => [name, hostTensor(encoder, name)]))
  }

  /** The factor that cosines are multiplied by before a softmax: the exponential of the parameter `logit_scale`. */
  get logitScale(): number {
    const encoder = this.live()
    // A file with one tower may lack it. It is only needed with both towers.
    if (encoder.missing && !encoder.parameters.names.includes('logit_scale')) checkTower(encoder, encoder.missing.tower)
    return Math.exp(encoder.parameters.read('logit_scale')[0]!)
  }

  /**
   * Embeds images.
   * @param images one image, several, or prepared pixels `{ pixels, shape: [n, 3, height, width] }`; `[]` gives `[0, embedDim]`
   * @returns `[images, embedDim]`
   * @throws DreamLIPError `INVALID_ARGUMENT`; errors of decoding; `RUN_FAILED` if an embedding is NaN or infinite, naming the image
   */
  async encodeImage(images: ImageBatchInput, options: EncodeOptions = {}): Promise<Embeddings> {
    return this.use(async (encoder) => {
      const { normalize = true, ...rest } = checkObject('options', options)
      checkFlag('normalize', normalize)
      return embedImages(encoder, images, normalize, batchOptions(rest, imageBatchSize))
    })
  }

  /**
   * Embeds texts. Each batch is only as long as its longest text. This saves time and does not change the results.
   * @param texts one text, several, or token ids `{ tokens }` with start and end token; `[]` gives `[0, embedDim]`
   * @returns `[texts, embedDim]`, and the texts that were cut because they are longer than the context
   * @throws DreamLIPError `INVALID_ARGUMENT`; `RUN_FAILED` if an embedding is NaN or infinite, naming the text
   */
  async encodeText(texts: TextBatchInput, options: EncodeOptions = {}): Promise<TextEmbeddings> {
    return this.use(async (encoder) => {
      const { normalize = true, ...rest } = checkObject('options', options)
      checkFlag('normalize', normalize)
      const batches = batchOptions(rest, textBatchSize)
      const { sequences, truncated } = await tokenizeForModel(this.state, texts)
      return { ...(await embedTexts(encoder, sequences, normalize, batches)), truncated }
    })
  }

  /**
   * Embeds images and returns their patch tokens too: one vector for each square that the image is cut into. By default, both are
   * what the reference's `encode_image` returns: image embeddings before normalisation, and patch tokens after `ln_post` without
   * projection. With `project`, both are projected to the embedding space and have unit length, so you can compare them with texts.
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

  /** Computes the cosines between images and texts, `[images, texts]`. You can pass embeddings that you already have. */
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
   * Classifies images zero-shot: chooses among your labels, without training on them.
   * @param labels class names, or a classifier from `buildZeroShotClassifier`
   * @returns for each image, the labels with their probabilities, the most likely first
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
   * Finds where in an image each phrase is.
   * @param text a long caption, which is split into sentences, or an array of phrases
   * @returns one heat map per phrase, at the size of the image
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
   * Segments an image: chooses a label for each pixel (SCLIP's protocol: overlapping windows, softmax of 40 · cosine).
   * @param labels class names, including one for the background, or a classifier from `buildZeroShotClassifier`
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
   * Compares the device that the model runs on with a plain one (TensorFlow.js on WASM, or else in JavaScript), on a fixed image and
   * fixed texts, with the weights that the device holds. Use it with a driver or browser that you have not tried: some compute wrong
   * embeddings without an error. A ViT-B/16 takes a few seconds on WASM, and memory for a copy of one tower at a time.
   * @returns whether the two agree, and how much they differ
   * @throws DreamLIPError `DEVICE_UNAVAILABLE` if there is no device to compare with
   */
  async selfCheck(options: SelfCheckOptions = {}): Promise<SelfCheck> {
    return this.use(async (encoder) => {
      const checked = checkCall(options)
      const { selfCheck } = await import('./inference/self-check')
      return selfCheck(encoder, this.dtype, checked)
    })
  }

  /**
   * Writes the model and its config to a safetensors file, or to a PyTorch file if the path ends in `.pt` or `.pth`.
   * @param path the file to write
   * @param options `dtype`: `float32` (default) writes the values that the model holds; `float16` or `bfloat16` round all values
   *   except scalars, to half the size. `tokens`: write only these rows of the token table. `load` reads such a file like any other.
   * @throws DreamLIPError `WRITE_FAILED`; `INVALID_ARGUMENT` for an unknown dtype, a value outside float16's range, or an id that is
   *   not in the vocabulary
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    return this.use(() => saveModel(checkPath('path', path), this.fileOf(this.parameters, options)))
  }

  /** Returns the safetensors file that `save` would write, as a Blob, for browsers. */
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
   * Writes one tower as an ONNX file with standard operators, for other programs: `pixel_values` `[batch, 3, size, size]` →
   * `image_embeds` `[batch, embedDim]`, or `input_ids` `[batch, length]` (int64; the end token is the largest id of each row) →
   * `text_embeds`. Embeddings are not normalised, as in Hugging Face's exports. docs/onnx.md says how to use the files.
   * @returns the files written: `path`, and `path_data` next to it if the weights are too large for one ONNX file
   * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`
   */
  async exportOnnx(path: string, options: ExportOptions): Promise<string[]> {
    return this.use(async ({ config, parameters }) => {
      const { part, dtype, dynamicBatch = true, batchSize, ...rest } = checkObject('options', options)
      const { signal, onProgress } = checkCall(rest)
      checkTower(this.state.encoder, part === 'text' ? 'text' : 'image')
      checkFlag('dynamicBatch', dynamicBatch)
      const fixed = batchOptions({ batchSize }, 1).batchSize
      const batch = dynamicBatch ? undefined : fixed
      const { exportOnnx } = await import('./inference/export/export-onnx')
      return exportOnnx(path, config, parameters, { part, dtype: checkDtype(dtype), batch, signal, onProgress })
    })
  }

  /**
   * Frees the weights on the device. Calling it twice is harmless. Calls that are still running reject with `DISPOSED` at their next
   * batch at the latest, and so do all later calls.
   */
  dispose(): void {
    this.state.encoder.dispose()
  }

  private denseFeatures(
    image: ImageInput,
    defaultShortSide: number,
    { attention = this.attention, shortSide = defaultShortSide, ...options }: DenseOptions,
  ): Promise<DenseFeatures> {
    checkChoice('attention', attention, denseAttentions)
    return denseFeatures(this.live(), image, { attention, shortSide }, batchOptions(options, imageBatchSize))
  }

  private fileOf(values: ReadonlyMap<string, HostTensor>, options: SaveOptions): ModelFile {
    const { dtype, tokens, metadata } = checkObject('options', options)
    const parameters = parametersAs(checkFileDtype(dtype), values)
    return {
      config: this.config,
      parameters: tokens === undefined ? parameters : pruneTokenTable(parameters, tokens),
      denseUse: {
        attention: this.attention,
        trainedWithGrouping: this.state.trainedWithGrouping,
        preprocessing: this.preprocessing,
      },
      facts: metadata === undefined ? undefined : checkStringsByName('metadata', metadata),
    }
  }

  private live(): Encoder {
    this.state.encoder.checkAlive()
    return this.state.encoder
  }

  /** Runs work on the model. If the model is disposed meanwhile, the error is `DISPOSED`. */
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

/** The phrases to look for: the sentences of a caption, or the phrases that were passed. */
function phrasesOf(text: string | readonly string[]): readonly string[] {
  const expected = 'words to look for: a caption, or an array of phrases'
  if (typeof text !== 'string') checkStrings('text', text, expected)
  const phrases = typeof text === 'string' ? splitCaption(text, { rule: 'sentences' }) : text
  if (phrases.length === 0) throw wrongArgument('text', expected, text)
  return phrases
}
