/** The types of the entries of run.json: the API options that JSON can express. */
import type {
  Freezing,
  LoaderOptions,
  LoadOptions,
  LossOptions,
  OpenRecordsOptions,
  TrainerOptions,
} from '../../index.node.ts'

/** Options of `DreamLIP.load`, except callbacks, signals, and options for many calls at once. */
export type ModelEntries = Omit<
  LoadOptions,
  'tokenizer' | 'onProgress' | 'onWarning' | 'signal' | 'cache' | 'queue' | 'worker' | 'workers'
>

/** Options of `LongCaptionDataset.open`. Training and evaluation need captions. */
export type DataEntries = Omit<OpenRecordsOptions, 'onIndex' | 'signal' | 'images' | 'captionsOptional'> & {
  readonly images?: string
}

/** Options of the loader, except those that follow from the model. */
export type LoaderEntries = Omit<
  LoaderOptions,
  'imageSize' | 'contextLength' | 'mean' | 'std' | 'resizeMode' | 'interpolation' | 'exifOrientation'
>

/** Options of the `Trainer`. */
export type TrainerEntries = Omit<
  TrainerOptions,
  'model' | 'data' | 'loss' | 'evaluate' | 'logger' | 'folder' | 'progress'
>

/** The model to start from. Without `source` it is the model inside the package, or a new one if the run has a `modelConfig`. */
export type RunModel = ModelEntries & { readonly source?: string }

/** A data set. */
export type RunData = DataEntries & { readonly source: string }

/** Entries of the model and the data that may also be at the top level, without an object around them. */
export const shortcuts = {
  model: ['device', 'runtime', 'optimize', 'threads', 'imageSize', 'contextLength'],
  data: ['images', 'columns', 'split', 'absolutePaths', 'layout', 'byName'],
} as const satisfies { model: readonly (keyof ModelEntries)[]; data: readonly (keyof DataEntries)[] }

/** All entries of run.json. */
export type RunFile = Pick<ModelEntries, (typeof shortcuts.model)[number]> &
  Pick<DataEntries, (typeof shortcuts.data)[number]> &
  LoaderEntries &
  TrainerEntries & {
    readonly $schema?: string
    readonly model?: string | RunModel
    readonly modelConfig?: ModelEntries['config']
    readonly data: string | RunData
    readonly evaluate?: string | RunData
    readonly loss?: LossOptions | 'dreamlip' | 'flair'
    readonly out: string
    readonly epochs?: number
    readonly steps?: number
  }

/** `{ unlocked: n }` of `freeze`. */
export type Unlocked = Exclude<NonNullable<Freezing['vision']>, boolean>
