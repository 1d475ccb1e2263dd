/** Options of a model's methods, and their checks. */
import type { RequestHeaders } from '../bytes/http/headers'
import type { HubOptions } from '../checkpoint/hub/hub-options'
import { checkCall, checkChoice, checkWhole } from '../check-arguments'
import type { Tower } from '../models/names/names'
import type { DenseAttention } from '../models/layers/dense-attention'
import type { RuntimeOptions } from '../runtime/runtime'
import type { ModelDtype } from './programs/storage'
import type { ExportedOutput, ModelPart } from './export/export-graph'
import type { ModelDescription } from './model-files/search-model'
import type { Progress } from '../progress'
import { checkDecode, type DecodeMode } from '../images/decode/decode-mode'
import { checkOnError, type OnImageError } from './images/image-errors'
import type { Preprocessing } from './images/preprocessing'
import type { TokenizerInput } from './texts/find-tokenizer'
import type { QueueOptions } from './queue/queue-options'

/** How to run a model. */
export interface DeviceOptions extends RuntimeOptions {
  /**
   * How weights are stored: `float32` (default); `float16`, which takes half the memory and is computed in float32; `int8`, which
   * multiplies integers: it is faster, and its results are close to those of float32; or `int4`, which takes the least memory and is
   * computed in float32. Eager runtimes compute `int8` and `int4` models in float32.
   */
  readonly dtype?: ModelDtype
  /** How calls wait while the model is busy, and how they are gathered into batches. */
  readonly queue?: QueueOptions
  /**
   * Whether the model computes in a worker (a separate thread), so that this thread stays free for requests and clicks. The worker
   * loads the weights itself. Default false. If a bundler does not find the worker's file, pass its path or URL, a Worker that runs
   * `dreamlip/worker`, or a function that starts one.
   */
  readonly worker?: boolean | string | URL | ModelWorker | (() => ModelWorker)
  /** How many workers compute, each with a copy of the weights. A call goes to the worker with the fewest calls; default 1 with `worker`. */
  readonly workers?: number
}

/** A worker that runs `dreamlip/worker`: a browser's `Worker`, or one of `node:worker_threads`. */
export interface ModelWorker {
  postMessage(message: unknown, transfer: never[]): void
  terminate(): unknown
}

export interface CreateOptions extends DeviceOptions {
  /** The same seed gives the same weights; default 0. */
  readonly seed?: number
}

export interface LoadOptions extends DeviceOptions {
  /**
   * The architecture: a name (`'ViT-B-16'`), an open_clip config, `open_clip_config.json`, the `config.json` of a Hugging Face
   * CLIPModel, or `preprocessor_config.json`, as an object, as JSON text, or as the path or URL of such a file. Default: from the
   * file itself, then the files next to it, then the shapes of the tensors. `model.assumptions` lists the guesses.
   */
  readonly config?: ModelDescription
  /** How images are prepared. Default: as stated by the file or the files next to it, otherwise as in OpenAI's CLIP. */
  readonly preprocessing?: Partial<Preprocessing>
  /**
   * The tokenizer of a model whose vocabulary is not CLIP's: the path or URL of its `tokenizer.json`, a Blob, or the parsed object.
   * Default: the `tokenizer.json` next to the weights. It is read when the first text is embedded.
   */
  readonly tokenizer?: TokenizerInput
  /** The prefix of the tensor names, such as `'student.'`, for a file with several CLIP models. Default: detected. */
  readonly prefix?: string
  /** Which of several sets of weights to load: `'model'` (default), `'ema'` for averaged ones, or a key of the file. */
  readonly weights?: string
  /**
   * Called with guesses about the model, and once if a call cuts texts without reporting it in its result. Default: a process
   * warning in Node, a console warning in browsers.
   */
  readonly onWarning?: (message: string) => void
  /** Side of the model's square input in pixels; default: the config's. Position embeddings are resized to match. */
  readonly imageSize?: number
  /**
   * Maximum tokens per text; default: the config's. Position embeddings are stretched as in Long-CLIP, so the model can be trained
   * on longer texts: the first 20 are kept, the others interpolated. A smaller number keeps the first positions.
   */
  readonly contextLength?: number
  /** Sent with every request for the weights and the files next to them, such as `Authorization`. */
  readonly headers?: RequestHeaders
  /** How the Hugging Face Hub is reached, for a source that starts with `hf://`: a token, a mirror, the cache, offline mode. */
  readonly hub?: HubOptions
  /**
   * Whether a browser keeps the data that it reads from URLs for the next visit; default true (docs/downloads.md). Node keeps no
   * files from URLs.
   */
  readonly cache?: boolean
  /** Called as weights are downloaded and read; counts bytes. Weights that are read later are reported to the calls that need them. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Options of `preload`. */
export interface PreloadOptions {
  /** The towers to read: `image`, `text`, or both. Default: those that the file contains. */
  readonly towers?: readonly Tower[]
  /** Called as weights are read, with `stage: 'load'`; counts bytes. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface EncodeOptions {
  /** Scale each embedding to unit length; default true. */
  readonly normalize?: boolean
  /** How many images or texts go through the model at once. Default 8 images, 128 texts. */
  readonly batchSize?: number
  /** Sent with the requests for images at URLs, such as `Authorization`. */
  readonly headers?: RequestHeaders
  /** How images are prepared in this call; default: `model.preprocessing`. */
  readonly preprocessing?: Partial<Preprocessing>
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/**
 * How to embed a text that is longer than the model's context. `truncate`: its end is cut off. `sentences`: the text becomes the
 * mean of the unit embeddings of its sentences; a sentence that is too long is embedded in windows. `windows`: the text becomes the
 * mean of the unit embeddings of windows of whole words, each of which repeats up to a quarter of the one before. A text that fits
 * is embedded whole, in every mode.
 */
export type LongTexts = 'truncate' | 'sentences' | 'windows'

/** All of them. */
export const longTextModes: readonly LongTexts[] = ['truncate', 'sentences', 'windows']

/** @throws DreamLIPError `INVALID_ARGUMENT` for an unknown mode */
export function checkLong(long: LongTexts = 'truncate'): LongTexts {
  return checkChoice('long', long, longTextModes)
}

export interface TextOptions extends EncodeOptions {
  /**
   * How to embed texts longer than the model's context: `truncate` (default), `sentences` or `windows` (docs/long-texts.md).
   */
  readonly long?: LongTexts
}

export interface ImageOptions extends EncodeOptions {
  /**
   * What to do if an image cannot be read: a file or server response that is missing, damaged, too large or of an unknown format
   * (see `isImageProblem`). `throw` (default): the call rejects, and the error's `index` identifies the image. `skip`: results
   * have a row for each image, and the row of such an image is NaN. `errors` in the result lists them. Wrong arguments always reject.
   */
  readonly onError?: OnImageError
  /** How large images are decoded; default `exact`. `fast` takes a fraction of the time for photographs (docs/images.md). */
  readonly decode?: DecodeMode
}

export interface PatchOptions extends Omit<ImageOptions, 'normalize'> {
  /** Project patch tokens into the embedding space and scale them to unit length; default false. */
  readonly project?: boolean
  /** With `project`: whether image embeddings and patch tokens get unit length; default true. */
  readonly normalize?: boolean
  /** The attention of the last block; default `standard`. */
  readonly attention?: DenseAttention
  /**
   * Return the patch tokens after this block instead, before any later layer norm, and no image embeddings. Counted as Hugging Face
   * counts `hidden_states`: 0 is before the first block, -1 after the last, and LLaVA-1.5 takes -2. Later blocks are not computed. Not
   * with `project`, `normalize` or `attention`.
   */
  readonly layer?: number
}

/** The options of `encodePatches` for tokens inside the tower. */
export type LayerOptions = PatchOptions & { readonly layer: number }

export interface SimilarityOptions extends Omit<ImageOptions, 'normalize'> {
  /** How to embed long texts; as for `encodeText`. */
  readonly long?: LongTexts
}

export type MatchOptions = SimilarityOptions

export interface RankOptions extends SimilarityOptions {
  /** How many images get a text-conditioned score, which limits the number of results; default 128, as in FLAIR's evaluation. */
  readonly shortlist?: number
}

export interface ClassifyOptions extends Omit<ImageOptions, 'normalize'> {
  /** Prompts with `{}` where the label goes; a class is the mean of its prompts. Default `a photo of a {}.` */
  readonly templates?: readonly string[]
  /** How many labels to return per image; default all. */
  readonly topK?: number
  /** How to embed long prompts; as for `encodeText`. */
  readonly long?: LongTexts
}

export interface DenseOptions extends Omit<EncodeOptions, 'normalize'> {
  /** The attention of the last block; default: `model.attention`. */
  readonly attention?: DenseAttention
  /** The length of the image's short side, in pixels, before the image is cut into windows of the model's size. */
  readonly shortSide?: number
  /** How to embed long phrases or prompts; as for `encodeText`. */
  readonly long?: LongTexts
}

export interface SegmentOptions extends DenseOptions {
  /** Prompts with `{}` where the label goes. Default `a photo of a {}.` */
  readonly templates?: readonly string[]
  /** The factor on cosines before the softmax over labels; default 40, from SCLIP. It changes the confidences, not the labels. */
  readonly scale?: number
}

export interface ExportOptions {
  /** The tower to write: pixels to embeddings, or token ids to embeddings. */
  readonly part: ModelPart
  /** The output of the image tower: `embeddings` (default), or the patch tokens that `encodePatches` returns. */
  readonly output?: ExportedOutput
  /** With `output: 'patches'`: the option `layer` of `encodePatches`. */
  readonly layer?: number
  /** How the file stores weights, like the option `dtype` of `load`; default `float32`. */
  readonly dtype?: ModelDtype
  /** Whether the graph takes any number of images, or any number of texts of any length; default true. */
  readonly dynamicBatch?: boolean
  /** The batch size of a graph with `dynamicBatch: false`; default 1. Its texts are as long as the context. */
  readonly batchSize?: number
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Types that a file's weights can have. `float16` and `bfloat16` take half the space, `int8` a quarter, `int4` less than a sixth. */
export type FileDtype = 'float32' | 'float16' | 'bfloat16' | 'int8' | 'int4'

/** All of them. */
export const fileDtypes: readonly FileDtype[] = ['float32', 'float16', 'bfloat16', 'int8', 'int4']

export interface SaveOptions {
  /** Type of the weights in the file; default `float32`. */
  readonly dtype?: FileDtype
  /**
   * Ids of the tokens whose embeddings the file keeps, in any order, with or without duplicates; default all. For small models with
   * a narrow vocabulary; docs/checkpoints.md describes how other tokens are handled.
   */
  readonly tokens?: Iterable<number>
  /** Metadata to write next to the config, such as a name, licence or data set. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** How to run a call that embeds many items. */
export interface BatchOptions {
  /** How many images or texts go through the model at once. */
  readonly batchSize: number
  readonly headers?: RequestHeaders
  readonly preprocessing?: Partial<Preprocessing>
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Only for images. */
  readonly onError?: OnImageError
  readonly decode?: DecodeMode
  /** The name of a result in errors, by its index. `null` allows results that are NaN or infinite. */
  readonly nameOf?: ((index: number) => string) | null
}

/**
 * The options of an embedding call, with the batch size filled in.
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason if it is already aborted
 */
export function batchOptions(options: Partial<BatchOptions>, defaultSize: number): BatchOptions {
  const { batchSize = defaultSize, headers, preprocessing, signal, onProgress, onError, decode } = checkCall(options)
  return {
    batchSize: checkWhole('batchSize', batchSize, 1),
    headers,
    preprocessing,
    signal,
    onProgress,
    onError: checkOnError(onError),
    decode: checkDecode(decode),
  }
}

const dtypes: readonly ModelDtype[] = ['float32', 'float16', 'int8', 'int4']

/** @throws DreamLIPError `INVALID_ARGUMENT` for an unknown type */
export function checkDtype(dtype: ModelDtype = 'float32'): ModelDtype {
  return checkChoice('dtype', dtype, dtypes)
}

export function checkFileDtype(dtype: FileDtype = 'float32'): FileDtype {
  return checkChoice('dtype', dtype, fileDtypes)
}
