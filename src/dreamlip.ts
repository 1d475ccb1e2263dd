/** The main class: loads a model, embeds images and texts, classifies, grounds, segments and saves. */
import type { ByteSourceInput } from './bytes/read/open-source'
import type { ModelDtype } from './inference/programs/storage'
import type { ImageInput } from './images/raw-image'
import type { HeatMap } from './inference/dense/ground'
import type { Segmentation } from './inference/dense/segment'
import type { DeviceTensor } from './inference/device-tensor'
import { disposed } from './inference/disposed'
import type { FingerprintOptions } from './inference/fingerprint'
import type { EmbeddingsLike } from './inference/embeddings/embeddings'
import type { Engine } from './inference/engine/engine'
import { openEngine } from './inference/engine/open-engine'
import type { Arguments, MethodName, Result } from './inference/engine/methods'
import type { HiddenPatches, ImageEmbeddings, PatchEmbeddings } from './inference/images/embed-images'
import type { ImageBatchInput } from './inference/images/image-list'
import type { Preprocessing } from './inference/images/preprocessing'
import type { MatchScores } from './inference/match/match'
import type { RankedImage } from './inference/match/rank'
import { rememberState } from './inference/model-state'
import type {
  ClassifyOptions,
  CreateOptions,
  DenseOptions,
  ExportOptions,
  ImageOptions,
  LayerOptions,
  LoadOptions,
  MatchOptions,
  PatchOptions,
  PreloadOptions,
  RankOptions,
  SaveOptions,
  SegmentOptions,
  SimilarityOptions,
  TextOptions,
} from './inference/options'
import type { SelfCheck, SelfCheckOptions } from './inference/self-check'
import type { TextBatchInput, TextEmbeddings } from './inference/texts/sequences'
import type { Classification, ZeroShotClassifierLike } from './inference/zero-shot/zero-shot'
import type { CLIPConfig, ConfigInput } from './models/config/config'
import type { DenseAttention } from './models/layers/dense-attention'
import type { Device } from './runtime/runtime'

/**
 * A DreamLIP model, or any other CLIP model with open_clip's architecture, on a device.
 *
 * @example
 * const model = await DreamLIP.load('cc3m_dreamlip_vitb16.pt')
 * const [best] = (await model.classify('photo.jpg', ['cat', 'dog']))[0]
 */
export class DreamLIP {
  /** Calls that have not ended. */
  private readonly calls = new Set<Promise<unknown>>()
  private isEnding = false

  private constructor(private readonly engine: Engine) {
    if (engine.state) rememberState(this, engine.state)
  }

  /**
   * Loads a checkpoint: a PyTorch file (zip, legacy or TorchScript) or safetensors, with the tensor names of open_clip,
   * OpenAI or Hugging Face, with any prefix. Only the bytes of the model are read, also over HTTP: names and shapes at once, the
   * weights of a tower when it is first needed (small local files, up to 16 MiB of weights, as a whole). `preload` reads them
   * sooner. If nothing states the model's architecture, it is guessed: one warning and `assumptions` name the guesses.
   * @param source a path, URL, Blob, or bytes; the name of a released checkpoint, such as `cc3m`, which Node downloads to the cache
   *   unless it is there (browsers cannot, and the error says what to do); a folder in the layout of the Hugging Face Hub (its URL
   *   ends in `/`), or the `.index.json` of a checkpoint in several files. A file with only one tower makes a model that embeds
   *   only images or only texts. Default: the small model inside the package, which was trained on drawn scenes of emoji and knows
   *   nothing else (docs/emoji-scenes-model.md). Browsers fetch it only for this call.
   * @throws DreamLIPError if a file cannot be read, is damaged, or does not contain the model that the config describes
   */
  static async load(source?: ByteSourceInput, options: LoadOptions = {}): Promise<DreamLIP> {
    return new DreamLIP(await openEngine({ source, options }))
  }

  /** Creates a model with random weights, initialised as in the reference. The same seed gives the same weights. */
  static async create(config: ConfigInput, options: CreateOptions = {}): Promise<DreamLIP> {
    return new DreamLIP(await openEngine({ config, options }))
  }

  /**
   * The last block's attention that `ground` and `segment` use unless told otherwise; `save` remembers it. Unless it is set here or
   * in the file, it suits the model's training: `standard` once the model was trained with the subcaption-patch loss, else
   * `correlative`.
   */
  get attention(): DenseAttention {
    return this.engine.attention
  }

  set attention(attention: DenseAttention) {
    this.engine.attention = attention
  }

  /** The architecture. */
  get config(): CLIPConfig {
    return this.engine.facts.config
  }

  /** The preparation of images before they are embedded. Their size is `config.vision.imageSize`. */
  get preprocessing(): Preprocessing {
    return this.engine.facts.preprocessing
  }

  /** The device that the model runs on, and why. */
  get device(): Device {
    return this.engine.facts.device
  }

  /** The type in which the weights are stored on the device. */
  get dtype(): ModelDtype {
    return this.engine.facts.dtype
  }

  /**
   * Guesses made when the model was loaded, for facts that neither the file nor the files next to it state, and parts of the file
   * that were left out because they are not part of the model. One sentence each; empty if nothing was guessed or left out.
   */
  get assumptions(): readonly string[] {
    return this.engine.facts.assumptions
  }

  /** The file that the model was loaded from. For a folder, the file in it that was chosen. */
  get source(): string | undefined {
    return this.engine.facts.source
  }

  /**
   * The parameters by their PyTorch names. Each read of `data` copies the values from the device. That is not always possible at
   * once: `data` throws `READ_ASYNC` on TensorFlow.js's WebGPU backend, and for a tower that is still in its file (`preload` reads
   * it). `await parameters.get(name).read()` returns the values in any case.
   */
  get parameters(): ReadonlyMap<string, DeviceTensor> {
    this.checkAlive()
    return this.engine.parameters
  }

  /** The factor that cosines are multiplied by before a softmax: the exponential of the parameter `logit_scale`. */
  get logitScale(): number {
    this.checkAlive()
    return this.engine.logitScale
  }

  /**
   * Reads weights before they are needed. Without it, a tower is read from its file by the first call that embeds images or texts,
   * unless the file is local and small. Servers call it at their start, so that no request waits, and a damaged file shows at once.
   * @throws DreamLIPError if the file cannot be read, has changed since it was opened, or contains weights that are NaN or infinite
   */
  async preload(options: PreloadOptions = {}): Promise<void> {
    return this.run('preload', options)
  }

  /**
   * A digest of everything that determines the model's embeddings: its config, preprocessing, and weights as the device holds them.
   * Embeddings are comparable if the models that made them have the same fingerprint. Reads both towers.
   * @returns SHA-256 in hexadecimal digits
   * @throws DreamLIPError errors of reading the weights; `DEVICE_UNAVAILABLE` on a page that came over plain HTTP
   */
  async fingerprint(options: FingerprintOptions = {}): Promise<string> {
    return this.run('fingerprint', options)
  }

  /**
   * Embeds images.
   * @param images one image or several, also as `preprocessImage` returns them; or several preprocessed ones in one array,
   *   `{ pixels, shape: [n, 3, height, width] }`. `[]` gives `[0, embedDim]`.
   * @returns `[images, embedDim]`; with `onError: 'skip'`, the rows of images that cannot be read are NaN, and `errors` lists them
   * @throws DreamLIPError `INVALID_ARGUMENT`; errors of decoding; `QUEUE_FULL`; `RUN_FAILED` if an embedding is NaN or infinite,
   *   naming the image. `index` says which image of a list is the cause.
   */
  async encodeImage(images: ImageBatchInput, options: ImageOptions = {}): Promise<ImageEmbeddings> {
    return this.run('encodeImage', images, options)
  }

  /**
   * Embeds texts. Each batch is only as long as its longest text. This saves time and does not change the results.
   * @param texts one text, several, the result of `Tokenizer.tokenize`, or token ids `{ tokens }` with start and end token. `[]`
   *   gives `[0, embedDim]`.
   * @returns `[texts, embedDim]`, and the texts that were cut because they are longer than the context
   * @throws DreamLIPError `INVALID_ARGUMENT`; `QUEUE_FULL`; `RUN_FAILED` if an embedding is NaN or infinite, naming the text.
   *   `index` says which text of a list is the cause.
   */
  async encodeText(texts: TextBatchInput, options: TextOptions = {}): Promise<TextEmbeddings> {
    return this.run('encodeText', texts, options)
  }

  /**
   * Embeds images and returns their patch tokens too: one vector for each square that the image is cut into. By default, both are
   * as the reference's `encode_image` returns them: image embeddings before normalisation, and patch tokens after `ln_post` without
   * projection. With `project`, both are projected to the embedding space and have unit length, so you can compare them with texts.
   * With `layer`, returns the patch tokens inside the tower instead, `[images, patches, width]`, which LLaVA and similar models
   * take (docs/multimodal.md).
   */
  async encodePatches(images: ImageBatchInput, options: LayerOptions): Promise<HiddenPatches>
  async encodePatches(images: ImageBatchInput, options?: PatchOptions): Promise<PatchEmbeddings>
  async encodePatches(images: ImageBatchInput, options: PatchOptions = {}): Promise<PatchEmbeddings | HiddenPatches> {
    return this.run('encodePatches', images, options)
  }

  /** Computes the cosines between images and texts, `[images, texts]`. You can pass embeddings that you already have. */
  async similarity(
    images: ImageBatchInput | EmbeddingsLike,
    texts: TextBatchInput | EmbeddingsLike,
    options: SimilarityOptions = {},
  ): Promise<ImageEmbeddings> {
    return this.run('similarity', images, texts, options)
  }

  /**
   * Scores every image with every text. FLAIR models pool the patches of an image for each text:
   * `scale · cosine(pooled patches, text) + bias`. For other models the score is `scale · cosine(image, text)`, plus the bias of
   * those that have one. Memory grows only with the number of scores.
   * @returns `[images, texts]`: logits. For FLAIR and other models with a bias, their sigmoid is a probability; for CLIP, the
   *   softmax of a row. With `onError: 'skip'`, the rows of images that cannot be read are NaN, and `errors` lists them.
   * @throws DreamLIPError as `encodeImage` and `encodeText` do
   */
  async match(images: ImageBatchInput, texts: TextBatchInput, options: MatchOptions = {}): Promise<MatchScores> {
    return this.run('match', images, texts, options)
  }

  /**
   * Finds the images that a text describes, in two stages: all images by their embeddings, then the best of them by the scores of
   * `match`. For models other than FLAIR, both stages produce the same order.
   * @param options `shortlist`: how many images the second stage scores; default 128
   * @returns the images of the shortlist, the best first. Images that cannot be read are left out with `onError: 'skip'`.
   * @throws DreamLIPError as `encodeImage` and `encodeText` do
   */
  async rank(query: string, images: ImageBatchInput, options: RankOptions = {}): Promise<RankedImage[]> {
    return this.run('rank', query, images, options)
  }

  /**
   * Classifies images zero-shot: chooses among your labels, without training on them. Models that were trained with the sigmoid
   * loss (SigLIP) give the probability of each label on its own: the probabilities of an image's labels need not add up to 1.
   * @param labels class names, or a classifier from `buildZeroShotClassifier`
   * @returns for each image, the labels with their probabilities, the most likely first; `[]` for an image that cannot be read,
   *   with `onError: 'skip'`
   */
  async classify(
    images: ImageBatchInput,
    labels: readonly string[] | ZeroShotClassifierLike,
    options: ClassifyOptions = {},
  ): Promise<Classification[][]> {
    return this.run('classify', images, labels, options)
  }

  /**
   * Finds where in an image each phrase is.
   * @param text a long caption, which is split into sentences, or an array of phrases
   * @returns one heat map per phrase, at the size of the image
   */
  async ground(image: ImageInput, text: string | readonly string[], options: DenseOptions = {}): Promise<HeatMap[]> {
    return this.run('ground', image, text, options)
  }

  /**
   * Segments an image: chooses a label for each pixel (SCLIP's protocol: overlapping windows, softmax of 40 · cosine).
   * @param labels class names, including one for the background, or a classifier from `buildZeroShotClassifier`
   */
  async segment(
    image: ImageInput,
    labels: readonly string[] | ZeroShotClassifierLike,
    options: SegmentOptions = {},
  ): Promise<Segmentation> {
    return this.run('segment', image, labels, options)
  }

  /**
   * Compares the device that the model runs on with a plain one (TensorFlow.js on WASM, or else in JavaScript), on a fixed image
   * and fixed texts, with the weights that the device holds. Use it with a driver or browser that you have not tried: some compute
   * wrong embeddings without an error. A ViT-B/16 takes a few seconds on WASM, and memory for a copy of one tower at a time.
   * @returns whether the two agree, and how much they differ
   * @throws DreamLIPError `DEVICE_UNAVAILABLE` if there is no device to compare with
   */
  async selfCheck(options: SelfCheckOptions = {}): Promise<SelfCheck> {
    return this.run('selfCheck', options)
  }

  /**
   * Writes the model and its config to a safetensors file, or to a PyTorch file if the path ends in `.pt` or `.pth`.
   * @param path the file to write
   * @param options `dtype`: `float32` (default) writes the values that the model holds; `float16` or `bfloat16` round all values
   *   except scalars, to half the size; `int8` and `int4` quantize matrices, to a quarter or less than a sixth of the size.
   *   `tokens`: write only these rows of the token table. `load` reads such a file like any other.
   * @throws DreamLIPError `WRITE_FAILED`; `INVALID_ARGUMENT` for an unknown dtype, a value outside float16's range, or an id that
   *   is not in the vocabulary
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    return this.run('save', path, options)
  }

  /** Returns the safetensors file that `save` would write, as a Blob, for browsers. */
  async toBlob(options: SaveOptions = {}): Promise<Blob> {
    return this.run('toBlob', options)
  }

  /**
   * Writes one tower as an ONNX file with standard operators, for other programs: `pixel_values` `[batch, 3, size, size]` →
   * `image_embeds` `[batch, embedDim]` (with `output: 'patches'` → `patches` `[batch, patches, width]`), or `input_ids`
   * `[batch, length]` (int64; the end token is the largest id of each row) → `text_embeds` (SigLIP: both are named
   * `pooler_output`). With `dtype: 'int4'`, it also has ONNX Runtime's own operator MatMulNBits. Embeddings are not normalised, as
   * in Hugging Face's exports. docs/onnx.md says how to use the files.
   * @returns the files written: `path`, and `path_data` next to it if the weights are too large for one ONNX file
   * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`
   */
  async exportOnnx(path: string, options: ExportOptions): Promise<string[]> {
    return this.run('exportOnnx', path, options)
  }

  /**
   * Frees the weights on the device, and ends the worker if the model is in one. Calling it twice is harmless. Calls that are still
   * running reject with `DISPOSED`: in a worker at once, on this thread at their next batch at the latest. So do all later calls.
   * To wait for running calls, use `await using model = …`, or `await model[Symbol.asyncDispose]()`.
   */
  dispose(): void {
    void this.engine.dispose()
  }

  /** Does the same as `dispose`, at the end of the block of `using model = …`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /**
   * Waits until the running calls have ended, then frees the weights. Resolves when the worker is gone, if the model is in one.
   * Later calls reject with `DISPOSED`.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.isEnding = true
    await Promise.allSettled(this.calls)
    await this.engine.dispose()
  }

  private checkAlive(): void {
    if (this.isEnding) throw disposed()
    this.engine.checkAlive()
  }

  private async run<Name extends MethodName>(name: Name, ...args: Arguments<Name>): Promise<Result<Name>> {
    this.checkAlive()
    const call = this.engine.run(name, ...args)
    this.calls.add(call)
    return call.finally(() => this.calls.delete(call))
  }
}
