/**
 * Finds facts that a file does not state directly: the CLIP among its tensors, and its architecture, from the caller, the file, the
 * files next to it, or by convention. `plan-model` loads this on demand.
 */
import { isURL } from '../../bytes/http/address'
import { withoutCredentials } from '../../bytes/http/headers'
import { isWanted } from '../../checkpoint/names/wanted-copy'
import { toOpenCLIPNames, type CLIPChoice, type NamedCLIP } from '../../models/names/names'
import { isAnswer } from '../../checkpoint/folder/open-folder'
import { readJSON } from '../../checkpoint/folder/json-file'
import type { Checkpoint } from '../../checkpoint/tensor'
import { releasedCheckpoints } from '../../checkpoint/released/released-checkpoints'
import { DreamLIPError } from '../../errors'
import { openByteSource, type OpenOptions } from '../../bytes/read/open-source'
import { invalidConfig, show } from '../../models/config/check-config'
import { naFlex } from '../../models/config/hugging-face-config'
import {
  isJSON,
  modelConfigs,
  parseConfig,
  parseJSON,
  type CLIPConfig,
  type ConfigInput,
} from '../../models/config/config'
import { layouts } from '../../models/families'
import { inferConfig } from '../../models/infer-config'
import { vocabularySize } from '../../tokenizer/ids'
import { isPreprocessorConfig, parsePreprocessing } from '../images/parse-preprocessing'
import type { StatedPreprocessing } from '../images/preprocessing'

/** The origin of a config. */
export type ConfigSource = 'option' | 'file' | 'beside' | 'shapes'

interface Architecture {
  readonly config: CLIPConfig
  readonly configFrom: ConfigSource
  /** Guesses about the config, and files next to the weights that were not used. One sentence each. */
  readonly assumptions: readonly string[]
}

/** An architecture, and the preprocessing of images if it is stated anywhere. */
export interface FoundModel extends Architecture {
  /** @throws DreamLIPError `INVALID_CONFIG` for unsupported steps */
  readonly findPreprocessing: () => StatedPreprocessing | undefined
}

/** A search for facts about a model that its file does not state. */
export interface Search {
  /** The caller's description. */
  readonly description?: ModelDescription
  /** The config that is known already. */
  readonly known?: Architecture
  /** Whether to search the files next to the weights. */
  readonly besides: boolean
  /** Whether the tensors have the shapes of a config. */
  readonly fits: (config: CLIPConfig) => boolean
  readonly signal?: AbortSignal
}

/** A caller's description of a model: a config in any form, or Hugging Face's `preprocessor_config.json`. */
export type ModelDescription = ConfigInput | Readonly<Record<string, unknown>>

/** A JSON file next to the weights. */
interface Neighbour {
  readonly file: string
  readonly value: object
}

/** The CLIP of a file by open_clip's names. @throws DreamLIPError `CHECKPOINT_MISMATCH` */
export function searchCLIP(
  file: string,
  { tensors, weights }: Checkpoint,
  { prefix, weights: wanted, contextLength }: CLIPChoice,
): NamedCLIP {
  // If the file's dict was chosen by its key, only the prefix is left to choose.
  const chosen = wanted === undefined || wanted === 'model' || (weights && isWanted(weights.key, wanted))
  return toOpenCLIPNames(tensors, { file, prefix, weights: chosen ? undefined : wanted, contextLength })
}

/** A caller's description: the object at a path or URL, or in a JSON text, and its config if it describes the architecture. */
export async function readDescription(
  given: ModelDescription,
  options: OpenOptions = {},
): Promise<{ description: ModelDescription; config?: CLIPConfig }> {
  const description = await readValue(given, options)
  return { description, config: describesModel(description) ? parseConfig(description) : undefined }
}

async function readValue(description: ModelDescription, options: OpenOptions): Promise<ModelDescription> {
  if (typeof description !== 'string') return description
  if (isJSON(description)) return parseJSON(description)
  if (!/\.json(?:[?#].*)?$/i.test(description)) return description
  const value = await readJSON(await openByteSource(description, options), options.signal)
  if (typeof value === 'object' && value !== null) return value as ModelDescription
  throw new DreamLIPError('INVALID_CONFIG', `${description}: expected a JSON object.`)
}

/** Whether a description is about the architecture, not only about the preprocessing of images. */
function describesModel(description: ModelDescription): description is ConfigInput {
  return !(typeof description === 'object' && isBarePreprocessor(description))
}

function isBarePreprocessor(value: object): boolean {
  return value !== null && isPreprocessorConfig(value) && !('vision_config' in value) && !('hidden_size' in value)
}

/**
 * Finds the architecture of a model and the preprocessing of its images if its file does not state them.
 * @throws DreamLIPError `INVALID_CONFIG` for a config next to the weights with unsupported parts, and for tensors that are not those
 *   of a CLIP model
 */
export async function searchModel(
  checkpoint: Checkpoint,
  named: Pick<NamedCLIP, 'tensors' | 'layout' | 'towers'>,
  { description, known, besides, fits, signal }: Search,
): Promise<FoundModel> {
  const { neighbours, unreadable } = besides
    ? await readNeighbours(checkpoint, named.layout, signal)
    : { neighbours: [], unreadable: [] }
  const found = known ?? findArchitecture(checkpoint, named, neighbours, fits)
  const assumptions = [...found.assumptions, ...unreadable]
  return { ...found, assumptions, findPreprocessing: () => findPreprocessing(description, neighbours) }
}

/** Reads the files next to the weights that may describe the model. Those of the file's own layout come first. */
async function readNeighbours(
  { readBeside }: Checkpoint,
  layout: NamedCLIP['layout'],
  signal?: AbortSignal,
): Promise<{ neighbours: Neighbour[]; unreadable: string[] }> {
  const unreadable: string[] = []
  if (!readBeside) return { neighbours: [], unreadable }
  const configs = ['open_clip_config.json', 'config.json']
  const files = [...(layout.endsWith('huggingface') ? configs.reverse() : configs), 'preprocessor_config.json']
  const read = async (file: string): Promise<Neighbour[]> => {
    const value = await readBeside(file, signal).catch((error: unknown) => {
      if (!(error instanceof DreamLIPError)) throw error
      // Storage buckets without permission to list files answer like this for missing files.
      if (!isAnswer(error, [401, 403]))
        unreadable.push(`${file} next to the weights cannot be read (${error.message.replace(/\.$/, '')})`)
    })
    return typeof value === 'object' && value !== null ? [{ file, value }] : []
  }
  const found = (await Promise.all(files.map(read))).flat()
  const prepared = found.some(({ file, value }) => file.startsWith('pre') || 'preprocess_cfg' in value)
  const neighbours = prepared ? found : [...found, ...(await read('processor_config.json'))]
  return { neighbours, unreadable }
}

/** The preprocessing from the caller's description, or else from a file next to the weights. */
function findPreprocessing(
  description: ModelDescription | undefined,
  neighbours: readonly Neighbour[],
): StatedPreprocessing | undefined {
  const given = parsePreprocessing(description, 'config')
  if (given) return given
  for (const { file, value } of neighbours) {
    const stated = parsePreprocessing(value, file)
    if (stated) return stated
  }
  return undefined
}

/** The architecture of a file without a config. */
function findArchitecture(
  checkpoint: Checkpoint,
  named: Pick<NamedCLIP, 'tensors' | 'layout' | 'towers'>,
  neighbours: readonly Neighbour[],
  fits: (config: CLIPConfig) => boolean,
): Architecture {
  const own = configOfRun(checkpoint)
  if (own && fits(own)) return { config: own, configFrom: 'file', assumptions: [] }
  const unused: string[] = []
  for (const neighbour of neighbours) {
    const config = configBeside(neighbour, unused, checkpoint.file)
    if (config && fits(config)) return { config, configFrom: 'beside', assumptions: unused }
    if (config)
      unused.push(`${neighbour.file} next to the weights describes a model with other shapes and was not used`)
  }
  const { config, assumptions } = about(checkpoint.file, () => guess(named))
  return { config, configFrom: 'shapes', assumptions: [...assumptions, ...unused] }
}

function configBeside({ file, value }: Neighbour, unused: string[], weights?: string): CLIPConfig | undefined {
  if (file === 'preprocessor_config.json' || file === 'processor_config.json') return undefined
  const type = 'model_type' in value ? value.model_type : undefined
  if (type === 'siglip2')
    throw invalidConfig([`${file} next to the weights: model_type "siglip2" is not supported: ${naFlex}`])
  if (type !== undefined && (typeof type !== 'string' || !/^(?:clip|siglip)(?:_(?:vision|text)_model)?$/.test(type))) {
    unused.push(`${file} next to the weights has the model_type ${show(type)} and was not used`)
    return undefined
  }
  const describes = ['model_cfg', 'vision_cfg', 'model_type', 'vision_config'].some((key) => key in value)
  if (!describes) return undefined
  return about(`${file} next to ${weights ?? 'the weights'}`, () => parseConfig(value as ConfigInput))
}

/** Adds the file name to the start of an error's message. */
function about<T>(file: string | undefined, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof DreamLIPError) || file === undefined) throw error
    throw new DreamLIPError(error.code, `${file}: ${error.message}`, { cause: error })
  }
}

/** open_clip's training names its runs `…-model_ViT-B-16-lr_…`. DreamLIP's released files are recognised by their names. */
function configOfRun({ file, metadata }: Checkpoint): CLIPConfig | undefined {
  const run = typeof metadata['name'] === 'string' ? metadata['name'].slice(0, 1000) : ''
  const released = Object.values(releasedCheckpoints).find((known) => file?.split(/[/\\]/).at(-1) === known.file)
  const name = /(?:^|-)model_([\w-]+?)-lr_/.exec(run)?.[1] ?? released?.config
  return name !== undefined && Object.hasOwn(modelConfigs, name) ? modelConfigs[name] : undefined
}

/** Layouts whose models all have the same activation and heads leave nothing to guess. For other layouts, the usual ones are a guess. */
function guess({ tensors, layout, towers }: Pick<NamedCLIP, 'tensors' | 'layout' | 'towers'>) {
  const shapes = new Map([...tensors].map(([name, tensor]) => [name, tensor.shape]))
  const { quickGelu, guess: activation } = layouts.find(({ name }) => name === layout)!
  const config = inferConfig(shapes, { quickGelu, towers, ...(activation === undefined && { headWidth: 64 }) })
  return { config, assumptions: activation === undefined ? [] : guesses(config, activation, towers) }
}

function guesses({ vision, text }: CLIPConfig, activation: string, towers: NamedCLIP['towers']): string[] {
  const heads = [
    ...(towers.includes('image') ? [`${vision.headWidth} wide in the image tower`] : []),
    ...(towers.includes('text') ? [`${text.width / text.heads} wide in the text tower`] : []),
  ]
  return [
    `activation: ${activation}`,
    `attention heads: ${heads.join(', ')}, as usual`,
    ...(towers.includes('text') && text.vocabularySize !== vocabularySize
      ? ["texts: they end with the largest id, and each token sees only those before it, as with CLIP's own vocabulary"]
      : []),
    ...(vision.noLnPre ? ['pooling: the image embedding comes from the class token'] : []),
  ]
}

/** Only the server of the weights receives the caller's headers, because they may contain a secret. */
export function requestFor(
  { config, headers, keep, signal }: OpenOptions & { readonly config?: unknown },
  { file }: Checkpoint,
): OpenOptions {
  const sameServer = originOf(config) !== undefined && originOf(config) === originOf(file)
  return { headers: sameServer ? headers : withoutCredentials(headers), keep, signal }
}

function originOf(location: unknown): string | undefined {
  return typeof location === 'string' && isURL(location) && URL.canParse(location)
    ? new URL(location).origin
    : undefined
}
