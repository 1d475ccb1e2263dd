/** The keys of the options of a model's methods: a misspelt option must not be ignored. */
import type { KeysOf, KnownKeys } from '../../known-keys'
import type {
  ClassifyOptions,
  CreateOptions,
  DenseOptions,
  DeviceOptions,
  EncodeOptions,
  ExportOptions,
  ImageOptions,
  LoadOptions,
  PatchOptions,
  SaveOptions,
  SegmentOptions,
  SimilarityOptions,
  TextOptions,
} from '../options'
import type { Preprocessing } from '../images/preprocessing'
import type { QueueOptions } from '../queue/queue-options'
import type { SelfCheckOptions } from '../self-check'

const call = { signal: 0, onProgress: 0 } as const satisfies KeysOf<SelfCheckOptions>

const preprocessing = { mean: 0, std: 0, resizeMode: 0, interpolation: 0 } as const satisfies KeysOf<Preprocessing>

const batches = { ...call, batchSize: 0, headers: 0, preprocessing } as const satisfies KeysOf<
  Omit<EncodeOptions, 'normalize'>
>

const images = { ...batches, onError: 0 } as const satisfies KeysOf<Omit<ImageOptions, 'normalize'>>

const dense = { ...batches, attention: 0, shortSide: 0, long: 0 } as const satisfies KeysOf<DenseOptions>

const save = { dtype: 0, tokens: 0, metadata: 0 } as const satisfies KeysOf<SaveOptions>

/** By the names of methods. The options are a method's last argument. */
export const methodKeys: Readonly<Record<string, KnownKeys | undefined>> = {
  encodeImage: { ...images, normalize: 0 } satisfies KeysOf<ImageOptions>,
  encodePatches: { ...images, project: 0, attention: 0 } satisfies KeysOf<PatchOptions>,
  encodeText: { ...batches, normalize: 0, long: 0 } satisfies KeysOf<TextOptions>,
  similarity: { ...images, long: 0 } satisfies KeysOf<SimilarityOptions>,
  classify: { ...images, templates: 0, topK: 0, long: 0 } satisfies KeysOf<ClassifyOptions>,
  ground: dense,
  segment: { ...dense, templates: 0 } satisfies KeysOf<SegmentOptions>,
  selfCheck: call,
  save,
  toBlob: save,
  exportOnnx: { ...call, part: 0, dtype: 0, dynamicBatch: 0, batchSize: 0 } satisfies KeysOf<ExportOptions>,
}

const device = {
  ...{ device: 0, runtime: 0, optimize: 0, threads: 0, dtype: 0, worker: 0, workers: 0 },
  queue: { maxDelay: 0, maxWaiting: 0 } satisfies KeysOf<QueueOptions>,
} as const satisfies KeysOf<DeviceOptions>

export const createKeys: KeysOf<CreateOptions> = { ...device, seed: 0 }

export const loadKeys: KeysOf<LoadOptions> = {
  ...device,
  ...call,
  ...{ config: 0, prefix: 0, weights: 0, onWarning: 0, imageSize: 0, headers: 0, preprocessing },
}
