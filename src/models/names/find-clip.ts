/** Finds the CLIP model in a file: its names may have a prefix, and the file may contain other models and heads. */
import { checkText, wrongArgument } from '../../check-arguments'
import { listNames } from '../../checkpoint/names/list-names'
import { isWanted } from '../../checkpoint/names/wanted-copy'
import { withoutWrappers } from '../../checkpoint/names/wrappers'
import { DreamLIPError } from '../../errors'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { layouts } from '../families'

type Tensors = ReadonlyMap<string, CheckpointTensor>

/** Which CLIP model to choose if a file contains several. */
export interface CLIPChoice {
  /** The prefix of the model's names, such as `student.` */
  readonly prefix?: string
  /** Which of several copies to load: `model` (default), `ema` for averaged weights, or a word of its prefix. */
  readonly weights?: string
  /** Maximum tokens per text, for a file with positions for short and for long texts. */
  readonly contextLength?: number
}

/** The tensors of one CLIP model by their names without the prefix, and the other contents of the file. */
export interface FoundCLIP {
  readonly prefix: string
  readonly tensors: Map<string, CheckpointTensor>
  /** Tensors that belong to no CLIP model: heads, other models. */
  readonly ignored: readonly string[]
  /** Prefixes of whole CLIP models that were not chosen. */
  readonly others: readonly string[]
}

/** The names of every layout's tensors. */
const clipName = new RegExp(layouts.flatMap(({ names }) => names?.source ?? []).join('|'))

/** Names that identify a tower. */
const towersOfLayouts = layouts.flatMap(({ towers }) => towers ?? [])
const visionTower = new Set(towersOfLayouts.map(({ image }) => image))
const textTower = new Set(towersOfLayouts.map(({ text }) => text))

/** The modules of a model. An unknown name in one of them is part of the model, and may change its results. */
const ownModule = new RegExp(`^(?:${[...new Set(layouts.flatMap(({ modules = [] }) => modules))].join('|')})(?:\\.|$)`)

/** Sizes and buffers next to the weights, which duplicate the tensors' shapes. */
const noWeight =
  /(?:^|\.)(?:input_resolution|context_length|vocab_size|attn_mask|position_ids|n_averaged|num_batches_tracked)$/

/** No parameter has a longer name, and matching one would take long. */
const longestName = 512

/** No program writes prefixes of more segments. */
const longestPrefix = 16

/** The prefix of a CLIP tensor's name; `undefined` for names that no CLIP model has. */
function prefixOf(name: string): string | undefined {
  if (name.length > longestName) return undefined
  for (let at = 0, segments = 0; segments < longestPrefix; at = name.indexOf('.', at) + 1, segments++) {
    if (clipName.test(name.slice(at))) return name.slice(0, at)
    if (!name.includes('.', at)) return undefined
  }
  return undefined
}

/**
 * The CLIP model of a file, or `undefined` if no name is that of a CLIP tensor.
 * @param file for messages
 * @throws DreamLIPError `CHECKPOINT_MISMATCH`, listing the prefixes, if there are several, or none under the given prefix
 */
export function findCLIP(file: string, tensors: Tensors, choice: CLIPChoice = {}): FoundCLIP | undefined {
  checkOptions(choice)
  const byName = unwrapped(file, tensors)
  const groups = new Map<string, string[]>()
  for (const name of byName.keys()) {
    const prefix = noWeight.test(name) ? undefined : prefixOf(name)
    if (prefix === undefined) continue
    if (!groups.has(prefix)) groups.set(prefix, [])
    groups.get(prefix)!.push(name.slice(prefix.length))
  }
  const prefixes = fullest(groups)
  const prefix = choosePrefix(file, prefixes, [...groups.keys()], choice)
  if (prefix === undefined) return undefined
  const others = new Set(prefixes.filter((other) => other !== prefix))
  return { ...split(byName, prefix, others), prefix, others: [...others] }
}

function checkOptions({ prefix, weights }: CLIPChoice): void {
  if (prefix !== undefined && typeof prefix !== 'string') throw wrongArgument('prefix', 'a string', prefix)
  if (weights !== undefined) checkText('weights', weights)
}

/** The tensors by their names before the model was wrapped. */
function unwrapped(file: string, tensors: Tensors): Map<string, CheckpointTensor> {
  const byName = new Map<string, CheckpointTensor>()
  for (const [name, tensor] of tensors) {
    const plain = withoutWrappers(name)
    if (byName.has(plain))
      throw mismatch(file, `two of its tensors are called '${listNames([plain])}' without wrappers`)
    byName.set(plain, tensor)
  }
  return byName
}

/** The prefixes with the most towers. */
function fullest(groups: ReadonlyMap<string, readonly string[]>): string[] {
  const towers = (names: readonly string[]) =>
    [visionTower, textTower].filter((tower) => names.some((name) => tower.has(name))).length
  const counted = [...groups].map(([prefix, names]) => ({ prefix, towers: towers(names), names: names.length }))
  const most = Math.max(...counted.map((group) => group.towers))
  const best = counted.filter((group) => group.towers === most)
  // Without a tower, returns the largest group, which the error will describe.
  if (most === 0)
    return best
      .sort((a, b) => b.names - a.names)
      .slice(0, 1)
      .map((group) => group.prefix)
  return best.map((group) => group.prefix)
}

function choosePrefix(
  file: string,
  candidates: readonly string[],
  all: readonly string[],
  { prefix: given, weights }: CLIPChoice,
): string | undefined {
  if (given !== undefined) {
    const prefix = withoutWrappers(given === '' || given.endsWith('.') ? given : `${given}.`)
    if (all.includes(prefix)) return prefix
    throw mismatch(
      file,
      `prefix: no CLIP model has the prefix '${given}'. There are CLIP models with the prefixes ${quoted(all)}`,
    )
  }
  const wanted = candidates.filter((prefix) => isWanted(prefix, weights))
  if (weights !== undefined && weights !== 'model' && wanted.length === 0) {
    throw mismatch(
      file,
      `weights: nothing in the file is called '${weights}'. It contains CLIP models with the prefixes ${quoted(candidates)}`,
    )
  }
  const remaining = wanted.length > 0 ? wanted : candidates
  if (remaining.length <= 1) return remaining[0]
  throw mismatch(
    file,
    `it contains ${remaining.length} CLIP models, with the prefixes ${quoted(remaining)}. Choose one: { prefix: '${remaining[0]}' }`,
  )
}

function quoted(prefixes: readonly string[]): string {
  return listNames(prefixes.map((prefix) => `'${prefix}'`)) || 'no prefix'
}

/** The tensors of the CLIP model under a prefix, and the names of tensors that belong to no CLIP model. */
function split(byName: Tensors, prefix: string, others: ReadonlySet<string>): Pick<FoundCLIP, 'tensors' | 'ignored'> {
  const tensors = new Map<string, CheckpointTensor>()
  const ignored: string[] = []
  for (const [name, tensor] of byName) {
    if (noWeight.test(name)) continue
    const inner = name.startsWith(prefix) ? name.slice(prefix.length) : undefined
    if (inner !== undefined && ownModule.test(inner)) tensors.set(inner, { ...tensor, name: inner })
    else if (others.size === 0 || !others.has(prefixOf(name) ?? '')) ignored.push(name)
  }
  return { tensors, ignored }
}

function mismatch(file: string, problem: string): DreamLIPError {
  return new DreamLIPError('CHECKPOINT_MISMATCH', `${file}: ${problem}.`)
}
