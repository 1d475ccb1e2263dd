/** Plans a model from a checkpoint: config, tensors and preprocessing, checked before any weight is read. */
import type { RequestHeaders } from '../../bytes/http/headers'
import type { Keep } from '../../bytes/kept/keep'
import { checkWhole } from '../../check-arguments'
import { fitsParameters } from '../../checkpoint/names/fits-parameters'
import type { CLIPChoice, NamedCLIP, Tower } from '../../models/names/names'
import { plainCLIP } from '../../models/names/plain-clip'
import type { Checkpoint, CheckpointTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import type { CLIPConfig } from '../../models/config/config'
import { tokensBeforePatches } from '../../models/layers/patch-grid'
import { loadShapes } from '../../models/parameter-shapes'
import { vocabularySize } from '../../tokenizer/ids'
import { warn } from '../../warn'
import type { MissingTower } from '../missing-tower'
import { towerOf } from '../weights'
import type { ConfigSource, FoundModel, ModelDescription, Search } from './search-model'
import { readMetadata, type ModelMetadata } from './metadata'
import {
  completePreprocessing,
  withoutSize,
  type Preprocessing,
  type StatedPreprocessing,
} from '../images/preprocessing'

/** Optional parameters: the patch projection, the grouping loss's temperature, SigLIP's bias. */
export const optionalParameters: readonly string[] = ['visual.proj2', 'logit_scale_local', 'logit_bias']

/** A caller's options for the model to load. */
export interface PlanOptions extends CLIPChoice {
  readonly config?: ModelDescription
  readonly preprocessing?: Partial<Preprocessing>
  readonly imageSize?: number
  readonly headers?: RequestHeaders
  readonly keep?: Keep
  readonly signal?: AbortSignal
}

/** Facts about the model, known before any weight is read. */
export interface ModelPlan {
  /** The file that the plan was made from. */
  readonly file: string
  readonly config: CLIPConfig
  readonly configFrom: ConfigSource
  readonly metadata: ModelMetadata
  readonly preprocessing: Preprocessing
  /** Whether text positions are resized as Long-CLIP does, because the caller chose the context length. */
  readonly stretchesContext: boolean
  /** Guesses, and contents of the file in addition to the model. One sentence each. */
  readonly assumptions: readonly string[]
  /** The tower that is not in the file. */
  readonly missing?: MissingTower
  /** How many bytes of tensors to read at the same time. */
  readonly readAhead?: number
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
  if (!isPlainlyReadable(clip)) (await import('./unreadable-weights')).checkReadable(file, clip)
  const metadata = await readMetadata(checkpoint.metadata)
  const { description, config: described } = await readDescription(checkpoint, options)
  const stated = described ?? metadata.config
  const ofFamily = (config: CLIPConfig) => (clip.family === undefined ? config : { ...config, family: clip.family })
  const given = stated && ofFamily(stated)
  const family = given ? given.family : clip.family
  const shapesOf = await loadShapes(family)
  // The size of the whole token table cannot be inferred from a pruned one.
  const tensors = await withWholeTable(clip.tensors, given?.text.vocabularySize ?? vocabularySize)
  const shapes = new Map([...tensors].map(([name, tensor]) => [name, tensor.shape]))
  const optional = clip.towers.length === 2 ? optionalParameters : [...optionalParameters, 'logit_scale']
  const neededBy = (config: CLIPConfig) => ofTowers(clip.towers, shapesOf(atSizeOfFile(config, shapes)))
  const fits = (config: CLIPConfig) => fitsParameters(tensors, neededBy(config), optional)
  const found = await findModel(checkpoint, { ...clip, tensors }, metadata.config, {
    description,
    known: given && { config: given, configFrom: described ? 'option' : 'file', assumptions: [] },
    fits: (config) => ofFamily(config).family === family && fits(ofFamily(config)),
    signal: options.signal,
  })
  const architecture = ofFamily(found.config)
  if (!fits(architecture)) {
    const { checkParameters } = await import('../../checkpoint/names/check-parameters')
    checkParameters(tensors, neededBy(architecture), { optional, file })
  }
  const { contextLength = clip.contextLength } = options
  const fitted = { ...options, contextLength }
  const { config, preprocessing } = fitPreprocessing(architecture, metadata, fitted, found.findPreprocessing)
  return {
    file,
    config,
    configFrom: found.configFrom,
    metadata,
    preprocessing,
    stretchesContext: options.contextLength !== undefined,
    assumptions: [...found.assumptions, ...(await leftOut(checkpoint, clip, options))],
    readAhead: checkpoint.readAhead,
    missing: missingTower(file, clip.towers),
    tensors: [...tensors.values()].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0)),
    shapes: shapesOf(config),
  }
}

/** Loaded only for files that need it: those with other layouts, and those that do not state their model's config. */
const loadSearch = () => import('./search-model')

/** The architecture: the known one if the file states everything, otherwise the result of a search. */
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

/** The tensors of a checkpoint, with one float tensor per quantized weight. The reader of that format is loaded on demand. */
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
  return search.readDescription(options.config, search.requestFor(options, checkpoint))
}

async function withWholeTable(tensors: NamedCLIP['tensors'], rows: number): Promise<NamedCLIP['tensors']> {
  if (!tensors.has('token_embedding.ids')) return tensors
  const { restoreTokenTable } = await import('../../checkpoint/token-table')
  return new Map(restoreTokenTable(tensors, rows))
}

/** Warns about assumptions, if there are any, and explains how to correct them. */
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

/** The shapes of the parameters of these towers. */
function ofTowers(towers: readonly Tower[], shapes: Map<string, number[]>): Map<string, number[]> {
  if (towers.length !== 1) return shapes
  return new Map([...shapes].filter(([name]) => towerOf(name) === towers[0]))
}

/** The config with the size of the images and the context length, and the preprocessing of the images. */
function fitPreprocessing(
  stored: CLIPConfig,
  metadata: ModelMetadata,
  { preprocessing: given, imageSize, contextLength = stored.text.contextLength }: PlanOptions,
  find: () => StatedPreprocessing | undefined,
): { config: CLIPConfig; preprocessing: Preprocessing } {
  const config = withContextLength(withImageSize(stored, imageSize ?? stored.vision.imageSize), contextLength)
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

/** Describes unused contents. Most files have none; the code is loaded only for those that do. */
async function leftOut(checkpoint: Checkpoint, clip: NamedCLIP, options: PlanOptions): Promise<string[]> {
  const others = [...clip.ignored, ...clip.others, ...(checkpoint.weights?.otherKeys ?? [])]
  return others.length === 0 ? [] : (await import('./left-out')).describeLeftOut(checkpoint, clip, options)
}

/** Whether a whole model has only float weights. */
function isPlainlyReadable({ tensors, towers }: NamedCLIP): boolean {
  return (
    towers.length === 2 &&
    [...tensors.values()].every(({ name, shape, dtype }) => {
      return name === 'token_embedding.ids' || (dtype.includes('float') && !shape.includes(0))
    })
  )
}

/** Position embeddings. Their row counts give the image size and the context length. */
export const positionNames = { image: 'visual.positional_embedding', text: 'positional_embedding' } as const

/** The config with the image size and context length of the file's positions, which may differ from the requested ones. */
function atSizeOfFile(config: CLIPConfig, shapes: ReadonlyMap<string, readonly number[]>): CLIPConfig {
  const side = Math.sqrt((shapes.get(positionNames.image)?.[0] ?? 0) - tokensBeforePatches(config.vision))
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

/** The limit on the context length: attention over the tokens of a longer text would not fit into memory. */
const longestContext = 8192

function withContextLength(config: CLIPConfig, contextLength: number): CLIPConfig {
  checkWhole('contextLength', contextLength, 2, longestContext)
  return { ...config, text: { ...config.text, contextLength } }
}
