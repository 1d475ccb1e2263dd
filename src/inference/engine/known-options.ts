/** The option keys of a model's methods, used to refuse misspelt options. */
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
  MatchOptions,
  PatchOptions,
  PreloadOptions,
  RankOptions,
  SaveOptions,
  SegmentOptions,
  SimilarityOptions,
  TextOptions,
} from '../options'
import type { HubOptions } from '../../checkpoint/hub/hub-options'
import type { FingerprintOptions } from '../fingerprint'
import type { Preprocessing } from '../images/preprocessing'
import type { QueueOptions } from '../queue/queue-options'
import type { SelfCheckOptions } from '../self-check'

const call = { signal: 0, onProgress: 0 } as const satisfies KeysOf<SelfCheckOptions>

const preprocessing = { mean: 0, std: 0, resizeMode: 0, interpolation: 0 } as const satisfies KeysOf<Preprocessing>

const batches = { ...call, batchSize: 0, headers: 0, preprocessing } as const satisfies KeysOf<
  Omit<EncodeOptions, 'normalize'>
>

const images = { ...batches, onError: 0, decode: 0 } as const satisfies KeysOf<Omit<ImageOptions, 'normalize'>>

const dense = { ...batches, attention: 0, shortSide: 0, long: 0 } as const satisfies KeysOf<DenseOptions>

const save = { dtype: 0, tokens: 0, metadata: 0 } as const satisfies KeysOf<SaveOptions>

/** Option keys by method name. The options are a method's last argument. */
export const methodKeys: Readonly<Record<string, KnownKeys | undefined>> = {
  encodeImage: { ...images, normalize: 0 } satisfies KeysOf<ImageOptions>,
  encodePatches: { ...images, project: 0, normalize: 0, attention: 0, layer: 0 } satisfies KeysOf<PatchOptions>,
  encodeText: { ...batches, normalize: 0, long: 0 } satisfies KeysOf<TextOptions>,
  similarity: { ...images, long: 0 } satisfies KeysOf<SimilarityOptions>,
  match: { ...images, long: 0 } satisfies KeysOf<MatchOptions>,
  rank: { ...images, long: 0, shortlist: 0 } satisfies KeysOf<RankOptions>,
  classify: { ...images, templates: 0, topK: 0, long: 0 } satisfies KeysOf<ClassifyOptions>,
  ground: dense,
  segment: { ...dense, templates: 0, scale: 0 } satisfies KeysOf<SegmentOptions>,
  preload: { ...call, towers: 0 } satisfies KeysOf<PreloadOptions>,
  fingerprint: call satisfies KeysOf<FingerprintOptions>,
  selfCheck: call,
  save,
  toBlob: save,
  exportOnnx: {
    ...call,
    part: 0,
    output: 0,
    layer: 0,
    dtype: 0,
    dynamicBatch: 0,
    batchSize: 0,
  } satisfies KeysOf<ExportOptions>,
}

const device = {
  ...{ device: 0, runtime: 0, optimize: 0, threads: 0, dtype: 0, worker: 0, workers: 0 },
  queue: { maxDelay: 0, maxWaiting: 0 } satisfies KeysOf<QueueOptions>,
} as const satisfies KeysOf<DeviceOptions>

export const createKeys: KeysOf<CreateOptions> = { ...device, seed: 0 }

export const loadKeys: KeysOf<LoadOptions> = {
  ...device,
  ...call,
  ...{
    config: 0,
    tokenizer: 0,
    prefix: 0,
    weights: 0,
    onWarning: 0,
    imageSize: 0,
    contextLength: 0,
    headers: 0,
    cache: 0,
    preprocessing,
  },
  hub: { token: 0, endpoint: 0, cacheDir: 0, offline: 0 } satisfies KeysOf<HubOptions>,
}

/** Refuses unknown keys. Loads the code that suggests the intended key only for these. @throws DreamLIPError `INVALID_ARGUMENT` */
export async function refuseUnknown(options: unknown, known: KnownKeys): Promise<void> {
  if (typeof options !== 'object' || options === null || areKnown(options, known)) return
  const { checkKeys } = await import('../../known-keys')
  checkKeys('', options, known)
}

function areKnown(value: object, known: KnownKeys): boolean {
  return Object.entries(value).every(([key, entry]: [string, unknown]) => {
    if (entry === undefined) return true
    if (!Object.hasOwn(known, key)) return false
    const inner = known[key]!
    return inner === 0 || typeof entry !== 'object' || entry === null || Array.isArray(entry) || areKnown(entry, inner)
  })
}
