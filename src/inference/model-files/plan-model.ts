/** Plans a model from a checkpoint: config, tensors and preprocessing, checked before any weight is read. */
import { isURL } from '../../bytes/http/address'
import type { FetchOptions } from '../../bytes/http/fetch-patiently'
import { withoutCredentials, type RequestHeaders } from '../../bytes/http/headers'
import { checkWhole } from '../../check-arguments'
import { checkParameters } from '../../checkpoint/names/check-parameters'
import { listNames } from '../../checkpoint/names/list-names'
import type { CLIPChoice, NamedCLIP, Tower } from '../../models/names/names'
import { plainCLIP } from '../../models/names/plain-clip'
import type { Checkpoint, CheckpointTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import type { CLIPConfig } from '../../models/config/config'
import { projectionNames } from '../../models/config/clip-config'
import { loadShapes } from '../../models/parameter-shapes'
import { vocabularySize } from '../../tokenizer/vocabulary'
import { warn } from '../../warn'
import type { MissingTower } from '../missing-tower'
import type { ConfigSource, FoundModel, ModelDescription, Search } from './search-model'
import { readMetadata, type ModelMetadata } from './metadata'
import {
  completePreprocessing,
  withoutSize,
  type Preprocessing,
  type StatedPreprocessing,
} from '../images/preprocessing'

/** Optional parameters: the patch projection, the grouping loss's temperature, SigLIP's bias. */
const optionalParameters = ['visual.proj2', 'logit_scale_local', 'logit_bias']

/** A caller's options about the model to load. */
export interface PlanOptions extends CLIPChoice {
  readonly config?: ModelDescription
  readonly preprocessing?: Partial<Preprocessing>
  readonly imageSize?: number
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
}

/** Everything that is known about the model before any weight is read. */
export interface ModelPlan {
  /** The file that the plan was made from. */
  readonly file: string
  readonly config: CLIPConfig
  readonly configFrom: ConfigSource
  readonly metadata: ModelMetadata
  readonly preprocessing: Preprocessing
  /** What was guessed, and what the file contains in addition to the model. One sentence each. */
  readonly assumptions: readonly string[]
  /** The tower that is not in the file. */
  readonly missing?: MissingTower
  /** In the order of the file. */
  readonly tensors: readonly CheckpointTensor[]
  /** Shapes of the model's parameters, which may differ from the file's for positions. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
}

/**
 * Finds the CLIP model in a checkpoint and its config: from the caller, the file, the files next to it, or the shapes of the tensors.
 * Checks all tensors against the config.
 * @throws DreamLIPError that names every missing, unexpected and wrongly shaped tensor at once
 */
export async function planModel(checkpoint: Checkpoint, options: PlanOptions = {}): Promise<ModelPlan> {
  const { file = 'checkpoint' } = checkpoint
  const clip = await nameTensors(file, { ...checkpoint, tensors: await floatTensors(checkpoint) }, options)
  checkReadable(file, clip)
  const metadata = readMetadata(checkpoint.metadata)
  const { description, config: described } = await readDescription(checkpoint, options)
  const stated = described ?? metadata.config
  const ofFamily = (config: CLIPConfig) => (clip.family === undefined ? config : { ...config, family: clip.family })
  const given = stated && ofFamily(stated)
  const family = given ? given.family : clip.family
  const shapesOf = await loadShapes(family)
  // The size of the whole token table cannot be inferred from a pruned one.
  const tensors = await withWholeTable(clip.tensors, given?.text.vocabularySize ?? vocabularySize)
  const shapes = new Map([...tensors].map(([name, tensor]) => [name, tensor.shape]))
  const check = (config: CLIPConfig) => {
    const expected = ofTowers(clip.towers, shapesOf(atSizeOfFile(config, shapes)))
    const optional = clip.towers.length === 2 ? optionalParameters : [...optionalParameters, 'logit_scale']
    checkParameters(tensors, expected, { optional, file })
  }
  const found = await findModel(checkpoint, { ...clip, tensors }, metadata.config, {
    description,
    known: given && { config: given, configFrom: described ? 'option' : 'file', assumptions: [] },
    fits: (config) => ofFamily(config).family === family && holds(() => check(ofFamily(config))),
    signal: options.signal,
  })
  const architecture = ofFamily(found.config)
  check(architecture)
  const { config, preprocessing } = fitPreprocessing(architecture, metadata, options, found.findPreprocessing)
  return {
    file,
    config,
    configFrom: found.configFrom,
    metadata,
    preprocessing,
    assumptions: [...found.assumptions, ...leftOut(checkpoint, clip, options)],
    missing: missingTower(file, clip.towers),
    tensors: [...tensors.values()].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0)),
    shapes: shapesOf(config),
  }
}

/** A page loads this only for files that need it: those of other layouts, and those that do not say what their model is. */
const loadSearch = () => import('./search-model')

/** The architecture: the known one if the file says all, or else what a search finds. */
async function findModel(
  checkpoint: Checkpoint,
  named: NamedCLIP,
  inFile: CLIPConfig | undefined,
  search: Omit<Search, 'besides'>,
): Promise<FoundModel> {
  const { known, description } = search
  if (known && inFile && !description) return { ...known, findPreprocessing: () => undefined }
  const { searchModel } = await loadSearch()
  return searchModel(checkpoint, named, { ...search, besides: !inFile && named.layout !== 'openai' })
}

/** The tensors of a checkpoint, with one float tensor for each quantized weight. Plain files do not load the reader of that format. */
export async function floatTensors({
  file = 'checkpoint',
  metadata,
  tensors,
}: Pick<Checkpoint, 'file' | 'metadata' | 'tensors'>): Promise<Checkpoint['tensors']> {
  const version = metadata['dreamlip_quantization']
  if (version === undefined) return tensors
  const { restoreQuantized } = await import('../../checkpoint/quantized-weights')
  return restoreQuantized(file, version, tensors)
}

/** The tensors by open_clip's names. */
async function nameTensors(file: string, checkpoint: Checkpoint, options: PlanOptions): Promise<NamedCLIP> {
  const plain = options.prefix === undefined && options.weights === undefined && plainCLIP(checkpoint.tensors)
  if (plain) return plain
  const { searchCLIP } = await loadSearch()
  return searchCLIP(file, checkpoint, options)
}

async function readDescription(
  checkpoint: Checkpoint,
  options: PlanOptions,
): Promise<{ description?: ModelDescription; config?: CLIPConfig }> {
  if (options.config === undefined) return {}
  const search = await loadSearch()
  return search.readDescription(options.config, requestFor(options, checkpoint))
}

async function withWholeTable(tensors: NamedCLIP['tensors'], rows: number): Promise<NamedCLIP['tensors']> {
  if (!tensors.has('token_embedding.ids')) return tensors
  const { restoreTokenTable } = await import('../../checkpoint/token-table')
  return new Map(restoreTokenTable(tensors, rows))
}

/** Warns of the assumptions, if there are any, and says how to correct them. */
export function warnOfAssumptions({ file, assumptions, configFrom }: ModelPlan, onWarning = warn): void {
  if (assumptions.length === 0) return
  const advice =
    "If that is wrong, pass { config }, or put the model's config.json or open_clip_config.json next to the file."
  onWarning(`${file}: assumed ${assumptions.join('; ')}.${configFrom === 'shapes' ? ` ${advice}` : ''}`)
}

function missingTower(file: string, towers: readonly Tower[]): MissingTower | undefined {
  if (towers.length === 2) return undefined
  return { tower: towers.includes('image') ? 'text' : 'image', file }
}

/** @throws DreamLIPError for a tower without its projection, and for weights that are empty or not floating-point numbers */
function checkReadable(file: string, { tensors, towers, family }: NamedCLIP): void {
  const fail = (problem: string) => {
    throw new DreamLIPError('CHECKPOINT_MISMATCH', `${file}: ${problem}.`)
  }
  const weights = [...tensors.values()].filter(({ name }) => name !== 'token_embedding.ids')
  const empty = weights.find(({ shape }) => shape.includes(0))
  if (empty) {
    fail(
      `its tensor ${empty.name} is empty, as in a shard of DeepSpeed's ZeRO stage 3. ` +
        'Gather the weights with the zero_to_fp32.py next to it',
    )
  }
  const integers = weights.find(({ dtype }) => !dtype.includes('float'))
  if (integers)
    fail(`its tensor ${integers.name} contains ${integers.dtype}: the model is quantized. Load the original weights`)
  const projections = projectionNames({ family })
  const missing = towers.find((tower) => !tensors.has(projections[tower]))
  if (missing && towers.length === 1) {
    fail(
      `it contains the ${missing} tower of a CLIP model without ${projections[missing]}, the projection that makes images and ` +
        'texts comparable. Save the whole model, or the tower with its projection',
    )
  }
}

function holds(check: () => void): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (error instanceof DreamLIPError) return false
    throw error
  }
}

/** The shapes of the parameters of these towers. */
function ofTowers(towers: readonly Tower[], shapes: Map<string, number[]>): Map<string, number[]> {
  if (towers.length !== 1) return shapes
  const isOfTexts = (name: string) => /^(?:text|transformer|token_embedding|positional_embedding|ln_final)/.test(name)
  const own = [...shapes].filter(([name]) => !name.startsWith('logit_') && isOfTexts(name) === towers.includes('text'))
  return new Map(own)
}

/** The config with the size of the images, and their preprocessing. */
function fitPreprocessing(
  stored: CLIPConfig,
  metadata: ModelMetadata,
  { preprocessing: given, imageSize }: PlanOptions,
  find: () => StatedPreprocessing | undefined,
): { config: CLIPConfig; preprocessing: Preprocessing } {
  const config = withImageSize(stored, imageSize ?? stored.vision.imageSize)
  if (given !== undefined) return { config, preprocessing: completePreprocessing(given) }
  const stated = find()
  if (!stated) return { config, preprocessing: metadata.preprocessing }
  const { size } = stated
  const preprocessing = withoutSize(stated)
  if (size === undefined || imageSize !== undefined || size === config.vision.imageSize)
    return { config, preprocessing }
  throw new DreamLIPError(
    'INVALID_CONFIG',
    `preprocessing: images are prepared at ${size} pixels, but the model expects ${config.vision.imageSize}. ` +
      `Pass imageSize: ${size} to adapt the model to these images, or imageSize: ${config.vision.imageSize}.`,
  )
}

/** What the file contains but was not loaded, with the options that choose it. */
function leftOut(
  { weights }: Checkpoint,
  { prefix, ignored, others }: NamedCLIP,
  options: Pick<PlanOptions, 'prefix' | 'weights'>,
): string[] {
  const otherKeys = weights?.otherKeys ?? []
  return [
    ...(otherKeys.length > 0 && options.weights === undefined
      ? [
          `weights: those under '${weights!.key}'; the file also contains '${listNames(otherKeys)}' (the option weights selects one)`,
        ]
      : []),
    ...(others.length > 0 && options.prefix === undefined && options.weights === undefined
      ? [
          `prefix: the CLIP model under '${prefix}'; the file also contains one under '${listNames(others)}' (the option prefix selects one)`,
        ]
      : []),
    ...(ignored.length > 0
      ? [`left out: ${ignored.length} tensors outside the CLIP model: ${listNames(ignored)}`]
      : []),
  ]
}

/** Position embeddings. Their rows tell the image size and the context length. */
export const positionNames = { image: 'visual.positional_embedding', text: 'positional_embedding' } as const

/** The config with the image size and context length of the file's positions, which may differ from the requested ones. */
function atSizeOfFile(config: CLIPConfig, shapes: ReadonlyMap<string, readonly number[]>): CLIPConfig {
  const side = Math.sqrt((shapes.get(positionNames.image)?.[0] ?? 0) - 1)
  const contextLength = shapes.get(positionNames.text)?.[0] || config.text.contextLength
  const sized = Number.isInteger(side) && side >= 1 ? withImageSize(config, side * config.vision.patchSize) : config
  return { ...sized, text: { ...config.text, contextLength } }
}

/** The limit on the image size: attention over the patches of a larger image would not fit into memory. */
const largestImageSize = 8192

function withImageSize(config: CLIPConfig, imageSize: number): CLIPConfig {
  checkWhole('imageSize', imageSize, config.vision.patchSize, largestImageSize)
  return { ...config, vision: { ...config.vision, imageSize } }
}

/** Only the server of the weights gets the caller's headers, because they may contain a secret. */
function requestFor({ config, headers, signal }: PlanOptions, { file }: Checkpoint): FetchOptions {
  const sameServer = originOf(config) !== undefined && originOf(config) === originOf(file)
  return { headers: sameServer ? headers : withoutCredentials(headers), signal }
}

function originOf(location: unknown): string | undefined {
  return typeof location === 'string' && isURL(location) && URL.canParse(location)
    ? new URL(location).origin
    : undefined
}
