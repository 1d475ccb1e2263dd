/** The entries of run.json. The checks, the JSON Schema for editors and the table in docs/training.md are generated from this. */
import {
  captionNames,
  dataLayouts,
  retrievalValues,
  type Augmentation,
  type ColumnNames,
  type Freezing,
  type HubOptions,
  type LossOptions,
  type OptimizerOptions,
  type PatchLossOptions,
  type Preprocessing,
  type RandAugment,
  type ScheduleOptions,
  type SubcaptionSamplerOptions,
} from '../../index.node.ts'
import type { DataEntries, ModelEntries, RunData, RunFile, RunModel, Unlocked } from './entries'
import { object, type Schema, type TypedSchema } from './schema'

/** A schema with a description, which ends without a full stop. */
function said<S extends Schema>(schema: S, description: string): S {
  return { ...schema, description }
}

const text: TypedSchema = { type: 'string' }
const flag: TypedSchema = { type: 'boolean' }
const oneOf = (...names: readonly string[]): TypedSchema => ({ type: 'string', enum: names })
const whole = (minimum: number, maximum?: number): TypedSchema => ({
  type: 'integer',
  minimum,
  ...(maximum !== undefined && { maximum }),
})
const seed: TypedSchema = { type: 'integer' }
const above: TypedSchema = { type: 'number', exclusiveMinimum: 0 }
const atLeast0: TypedSchema = { type: 'number', minimum: 0 }
const share: TypedSchema = { type: 'number', minimum: 0, maximum: 1 }
const below1: TypedSchema = { type: 'number', minimum: 0, exclusiveMaximum: 1 }
const list = (items: TypedSchema, count?: number): TypedSchema => ({
  type: 'array',
  items,
  ...(count !== undefined && { minItems: count, maxItems: count }),
})
const pair = (items: TypedSchema) => list(items, 2)
const strings: TypedSchema = { type: 'object', additionalProperties: text }
const either = (...anyOf: readonly TypedSchema[]): Schema => ({ anyOf })
const orNull = (schema: TypedSchema): Schema => either(schema, { type: 'null' })

const config = either(text, { type: 'object' })

const device = {
  device: said(oneOf('auto', 'cuda', 'webgpu', 'wasm', 'cpu'), 'where the model runs; default `auto`'),
  runtime: said(oneOf('compiled', 'eager'), 'how it runs; default: the faster one that works'),
  optimize: said(oneOf('start', 'throughput'), 'what the compiled runtime is tuned for; default `start`'),
  threads: said(whole(1), 'threads of ONNX Runtime; default: one for each physical core'),
} as const

const imageSize = said(
  whole(1, 16_384),
  "side of the model's input in pixels; default: the model's own. Position embeddings are resized",
)

const contextLength = said(
  whole(2, 8192),
  "most tokens of a text; default: the model's own. Position embeddings are stretched as in Long-CLIP ([more](long-texts.md#train-on-longer-texts))",
)

const model = object<RunModel>({
  source: said(
    text,
    'checkpoint: a path, folder, URL, `hf://` name or released name; default: the model inside the package',
  ),
  config: said(
    config,
    'config of the checkpoint, if it contains none: a name, an object, or the path of a `.json` file',
  ),
  preprocessing: said(
    object<Preprocessing>({
      mean: said(list({ type: 'number' }, 3), 'mean of red, green and blue, in [0, 1]'),
      std: said(list(above, 3), 'standard deviation of red, green and blue'),
      resizeMode: said(oneOf('shortest', 'longest', 'squash'), 'how images become square; default `shortest`'),
      interpolation: said(
        oneOf('bicubic', 'bilinear', 'lanczos', 'nearest'),
        "Pillow's filter that images are resized with; default `bicubic`",
      ),
    }),
    'how images are prepared; default: as the checkpoint says',
  ),
  prefix: said(text, 'prefix of the tensor names, if the file contains several models'),
  weights: said(text, '`model`, `ema`, or a key of the file'),
  imageSize,
  contextLength,
  headers: said(strings, 'headers of the requests for the checkpoint'),
  hub: said(
    object<Omit<HubOptions, 'token'>>({
      endpoint: said(text, 'address of the Hub or of a mirror; default: `HF_ENDPOINT`'),
      cacheDir: said(text, 'folder of its cache; default: `HF_HUB_CACHE`'),
      offline: said(flag, 'whether only the cache is used; default: `HF_HUB_OFFLINE`'),
    }),
    'how the Hugging Face Hub is reached, for an `hf://` source. Tokens belong in `HF_TOKEN`',
  ),
  ...device,
  dtype: said(oneOf('float32'), 'training needs float32'),
} satisfies Record<keyof (ModelEntries & { source?: string }), Schema>)

function contents(role: string): string {
  if (role === 'image') return 'paths or URLs of images'
  return role === 'other' ? 'captions of an unknown source' : `the ${role} caption`
}

const dataEntries = {
  images: said(text, "folder that relative image paths start from; default: the data's own folder"),
  columns: said(
    object<ColumnNames>(
      Object.fromEntries(
        ['image', 'raw', ...captionNames].map((role) => [
          role,
          said(text, `name of the column with ${contents(role)}`),
        ]),
      ) as Record<keyof ColumnNames, TypedSchema>,
    ),
    'which column holds what, such as `{ "image": "url" }`',
  ),
  split: said(either(text, list(text)), 'split or splits to read, such as `train`; default all'),
  absolutePaths: said(flag, 'whether data may name any file on this machine; default false'),
  layout: said(oneOf(...dataLayouts), 'layout of the data; default: detected'),
  byName: said(flag, 'find images by the last part of their paths; default false'),
  weights: said(list(above), 'how often each part of a `::` list is drawn'),
  headers: said(strings, 'headers of the requests for the files of the data'),
} as const satisfies Record<keyof DataEntries, Schema>

const data = object<RunData>(
  { source: said(text, 'folder, file, pattern or URL; see [data.md](data.md)'), ...dataEntries },
  ['source'],
)

const augmentation = object<Augmentation>({
  scale: said(pair(share), "share of the image's area that is kept"),
  ratio: said(pair(above), 'width to height of that part'),
  blur: said(
    object<NonNullable<Augmentation['blur']>>({
      sigma: said(pair(atLeast0), 'smallest and largest standard deviation, in pixels'),
      probability: said(share, 'how often images are blurred'),
    }),
    'blur; default: none',
  ),
  jitter: said(
    object<NonNullable<Augmentation['jitter']>>({
      strengths: said(list(atLeast0, 4), 'how far brightness, contrast, saturation and hue change'),
      probability: said(share, 'how often colours change'),
    }),
    'changes of colours; default: none',
  ),
  gray: said(share, 'how often images become gray; default 0'),
  flip: said(share, 'how often images are mirrored; default 0'),
  randAugment: said(
    object<RandAugment>({
      count: said(whole(0), 'operations per image'),
      magnitude: said({ type: 'number', minimum: 0, maximum: 10 }, 'how strong they are'),
    }),
    'RandAugment; default: none',
  ),
})

const texts = object<SubcaptionSamplerOptions>({
  count: said(whole(0, 10_000), 'sub-captions per image besides the raw caption; default 6'),
  raw: said(oneOf('first', 'drawn'), 'whether the raw caption is always the first text; default `first`'),
  captions: said(list(oneOf(...captionNames)), 'captions to draw from; default all'),
  rule: said(oneOf('reference', 'sentences'), 'how captions are split; default `sentences`'),
  merged: said(whole(1), 'neighbouring pieces that are joined per draw; default 1'),
  reference: said(flag, "draw exactly like DreamLIP's published code; default false"),
})

const schedule = object<ScheduleOptions>({
  kind: said(oneOf('cosine', 'constant', 'constant-with-cooldown'), 'how the rate changes; default `cosine`'),
  learningRate: said(above, 'highest rate; default 5e-4'),
  warmup: said(whole(0), 'steps of linear warm-up; default: 10,000, at most a tenth of the run'),
  cooldown: said(whole(0), 'steps of the cooldown; default: a tenth of the run'),
  cooldownPower: said(above, '1 is linear, 2 quadratic; default 1'),
  cooldownEnd: said(atLeast0, 'rate at the end of the cooldown; default 0'),
})

const optimizer = object<OptimizerOptions>({
  betas: said(pair(below1), "decay of AdamW's two moments; default 0.9 and 0.98"),
  epsilon: said(above, 'default 1e-6'),
  weightDecay: said(atLeast0, 'default 0.2'),
  clipNorm: said(orNull(above), 'largest norm of the gradient; default 1; `null`: no limit'),
  emaDecay: said(orNull(below1), 'decay of a moving average of the weights; default `null`: none is kept'),
})

const frozen = either(
  flag,
  object<Unlocked>({ unlocked: said(whole(0), 'last groups of layers that are trained') }, ['unlocked']),
)

const freeze = object<Freezing>({
  vision: said(frozen, '`true`, or `{ "unlocked": n }` for all but the last n groups of layers'),
  text: said(frozen, 'the same for the text tower'),
})

const loss = object<LossOptions>({
  multiPositive: said(atLeast0, 'weight of the loss between images and texts; default 1'),
  subcaptionPatch: said(atLeast0, 'weight of the loss between patches and sub-captions; default 1'),
  patches: said(
    object<PatchLossOptions>({
      normalization: said(oneOf('minmax', 'softmax'), 'how similarities become weights; default `minmax`'),
      threshold: said(either(oneOf('1/P'), { type: 'number' }), 'smaller weights become 0; default `1/P`'),
      negatives: said(
        oneOf('image', 'batch', 'patches'),
        'what a sub-caption is compared with; default `image`. Use `patches` for [heat maps](losses.md#which-negatives-to-use-for-heat-maps-and-segmentation)',
      ),
    }),
    'options of the loss between patches and sub-captions',
  ),
})

export const runSchema = object<RunFile>(
  {
    $schema: said(text, 'path of the JSON Schema, for editors'),
    model: said(
      either(text, model),
      'checkpoint to start from: a path, folder, URL or released name, or an object with a `source` and options of `DreamLIP.load`; default: the [model inside the package](emoji-scenes-model.md)',
    ),
    modelConfig: said(
      config,
      'without `model`: the config of a new model with random weights; with `model`: the config of the checkpoint, if it contains none. A name such as `ViT-S-32`, an object, or the path of a `.json` file',
    ),
    ...device,
    imageSize,
    contextLength,
    data: said(
      either(text, data),
      'what to train on: a folder, file, pattern or URL, or an object with a `source` and options of `LongCaptionDataset.open`; [data.md](data.md) explains them',
    ),
    images: dataEntries.images,
    columns: dataEntries.columns,
    split: dataEntries.split,
    absolutePaths: dataEntries.absolutePaths,
    layout: dataEntries.layout,
    byName: dataEntries.byName,
    out: said(text, 'folder for checkpoints, logs and the trained model'),
    epochs: said(whole(1), 'length of the run; give either `epochs` or `steps`'),
    steps: said(whole(1), 'length of the run in steps'),
    batchSize: said(whole(1), 'images per step; default 8'),
    microBatch: said(whole(1), 'how many images go through the model at once; see [Memory](training.md#memory)'),
    texts: said(texts, 'texts of an image: `{ "count": 6 }` is the raw caption and six sub-captions'),
    augmentation: said(
      either(oneOf('none', 'crop', 'strong'), augmentation),
      'how images are changed at random; default `crop`',
    ),
    shuffle: said(whole(0), 'samples that are shuffled together; default 1000'),
    samplesPerEpoch: said(whole(1), 'draw data by their weights until an epoch has this many samples'),
    maxSkipped: said(whole(0), 'samples that may be left out in an epoch; default: a tenth'),
    rank: said(whole(0), 'number of this process, if several share the data; default 0'),
    worldSize: said(whole(1), 'how many processes share the data; default 1'),
    seed: said(seed, 'seed of order, draws, augmentation and patch dropout; default 0'),
    loss: said(
      either(oneOf('dreamlip', 'flair'), loss),
      "`dreamlip` or `flair`, or the weights and options of DreamLIP's loss; default: `flair` for FLAIR models, else `dreamlip`",
    ),
    schedule: said(schedule, 'learning rate'),
    optimizer: said(optimizer, "AdamW's settings"),
    freeze: said(freeze, 'parts of the towers that are not trained'),
    patchDropout: said(below1, 'share of image patches that a step leaves out; default 0'),
    evaluate: said(
      either(text, data),
      'held-out data, in the same forms as `data`: after each epoch, retrieval is measured on it ([more](training.md#evaluation-and-the-best-model))',
    ),
    best: said(
      oneOf(...retrievalValues),
      'value by which the best model is chosen; default `meanRecall`, if there is `evaluate`',
    ),
    saveEvery: said(whole(1), 'steps between checkpoints; default: one checkpoint per epoch'),
    keep: said(whole(1), 'how many of the newest checkpoints are kept; default 3'),
    name: said(text, 'name of the run in its checkpoints; default `dreamlip`'),
  },
  ['data', 'out'],
)
