/** What the methods of a model are asked with, and the checks of it. */
import type { RequestHeaders } from '../bytes/http/headers'
import { checkCall, checkChoice, checkWhole } from '../check-arguments'
import type { DenseAttention } from '../models/layers/vision-transformer'
import type { RuntimeOptions } from '../runtime/runtime'
import type { Storage } from '../compile/storage'
import type { ModelPart } from './export/export-graph'
import type { ModelDescription } from './model-files/find-architecture'
import type { Progress } from '../progress'
import type { Preprocessing } from './images/preprocessing'

/** How to run a model. */
export interface DeviceOptions extends RuntimeOptions {
  /**
   * How weights are held: `float32` (default); `float16`, in half the memory, computed with in float32; or `int8`, whose products
   * are of integers: faster, and close to float32 rather than equal. Eager runtimes compute `int8` models in float32.
   */
  readonly dtype?: Storage
}

export interface CreateOptions extends DeviceOptions {
  /** The same seed gives the same weights; default 0. */
  readonly seed?: number
}

export interface LoadOptions extends DeviceOptions {
  /**
   * What the model is: a name (`'ViT-B-16'`), an open_clip config, `open_clip_config.json`, the `config.json` of a Hugging Face
   * CLIPModel, or `preprocessor_config.json`, as an object, as JSON text or as the path or address of such a file. Default: what the
   * file itself says, else those files beside it, else what the tensors' shapes tell; `model.assumptions` says what was guessed.
   */
  readonly config?: ModelDescription
  /** How images are prepared; default: as the file or the files beside it say, else as OpenAI's CLIP does. */
  readonly preprocessing?: Partial<Preprocessing>
  /** What stands before the names of the CLIP to load, where the file holds several: `'student.'`. Default: it is found. */
  readonly prefix?: string
  /** Which of several sets of weights to load: `'model'` (default), `'ema'` for averaged ones, or a key of the file. */
  readonly weights?: string
  /** Called with what was guessed about the model; default: a warning of the process, or on the browser's console. */
  readonly onWarning?: (message: string) => void
  /** Side of the square image that the model takes, in pixels; default: the config's. Position embeddings are resized to it. */
  readonly imageSize?: number
  /** Sent with every request for the weights and the files beside them, such as `Authorization`. */
  readonly headers?: RequestHeaders
  /** Called with the bytes of weights read so far. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface EncodeOptions {
  /** Scale each embedding to unit length; default true. */
  readonly normalize?: boolean
  /** Images or texts that go through the model at once. Default 8 images, 128 texts. */
  readonly batchSize?: number
  /** Sent with the requests for images at addresses, such as `Authorization`. */
  readonly headers?: RequestHeaders
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

export interface PatchOptions extends Omit<EncodeOptions, 'normalize'> {
  /** Project patch tokens into the embedding space and scale them to unit length; default false. */
  readonly project?: boolean
  /** The last block's attention; default `standard`. */
  readonly attention?: DenseAttention
}

export interface ClassifyOptions extends Omit<EncodeOptions, 'normalize'> {
  /** Prompts with `{}` where the label goes; a class is the mean of its prompts. Default `a photo of a {}.` */
  readonly templates?: readonly string[]
  /** How many labels to return an image; default all. */
  readonly topK?: number
}

export interface DenseOptions extends Omit<EncodeOptions, 'normalize'> {
  /** The last block's attention; default: `model.attention`. */
  readonly attention?: DenseAttention
  /** Pixels that the image's short side is scaled to before it is cut into windows of the model's image size. */
  readonly shortSide?: number
}

export interface SegmentOptions extends DenseOptions {
  /** Prompts with `{}` where the label goes. Default `a photo of a {}.` */
  readonly templates?: readonly string[]
}

export interface ExportOptions {
  /** The tower to write: pixels to embeddings, or token ids to embeddings. */
  readonly part: ModelPart
  /** How the file holds weights, as `dtype` of `load` does; default `float32`. */
  readonly dtype?: Storage
  /** Whether the graph takes any number of images, or of texts of any length; default true. */
  readonly dynamicBatch?: boolean
  /** The batch of a graph with `dynamicBatch: false`, whose texts are as long as the context; default 1. */
  readonly batchSize?: number
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Types that a file's weights can have. `float16` and `bfloat16` take half the space. */
export const fileDtypes = ['float32', 'float16', 'bfloat16'] as const
export type FileDtype = (typeof fileDtypes)[number]

export interface SaveOptions {
  /** Type of the weights in the file; default `float32`. */
  readonly dtype?: FileDtype
  /**
   * Ids of the tokens whose embeddings the file keeps, in any order and as often as they come; default: all. For small models of a
   * narrow world: docs/checkpoints.md says what becomes of the others.
   */
  readonly tokens?: Iterable<number>
  /** Facts that travel in the file beside the config: its name, licence, data. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** How a call that embeds many things runs. */
export interface BatchOptions {
  /** Images or texts that go through the model at once. */
  readonly batchSize: number
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** The name of a result in errors, by its index. `null` allows results that are NaN or infinite. */
  readonly nameOf?: ((index: number) => string) | null
}

/**
 * The options of a call that embeds things, with the batch size filled in.
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason when it is aborted already
 */
export function batchOptions(options: Partial<BatchOptions>, defaultSize: number): BatchOptions {
  const { batchSize = defaultSize, headers, signal, onProgress } = checkCall(options)
  return { batchSize: checkWhole('batchSize', batchSize, 1), headers, signal, onProgress }
}

const dtypes: readonly Storage[] = ['float32', 'float16', 'int8']

/** @throws DreamLIPError `INVALID_ARGUMENT` for an unknown type */
export function checkDtype(dtype: Storage = 'float32'): Storage {
  return checkChoice('dtype', dtype, dtypes)
}

export function checkFileDtype(dtype: FileDtype = 'float32'): FileDtype {
  return checkChoice('dtype', dtype, fileDtypes)
}
