/** Finds the model's tensors in a training checkpoint. */
import { DreamLIPError } from '../../errors'
import { listNames } from '../names/list-names'
import { holdsTower } from '../names/tower-names'
import { isWanted } from '../names/wanted-copy'
import { withoutWrappers } from '../names/wrappers'
import { invalidPickle, PickleObject, PickleTensor } from './pickle/values'

/** The model's tensors by name, and the plain data next to them. */
export interface StateDict {
  readonly tensors: Map<string, PickleTensor>
  readonly metadata: Record<string, unknown>
  /** The key of the chosen dict (`state_dict`, `callbacks.EMA`); empty for the root. */
  readonly key: string
  /** Keys of the other dicts that contain a CLIP model. */
  readonly otherKeys: readonly string[]
}

/** Keys under which training programs store weights, the most common one first. */
const weightKeys = ['state_dict', 'model_state_dict', 'model', 'module', 'ema', 'weights', 'params', 'net']

/** Keys of tensors that are not weights. */
const noWeightKeys = /optim|sched|scaler|rng|(?:^|_)args$|loops|_metadata/i

/** No program writes longer keys. */
const longestKey = 200

/** Training programs nest a few dicts; more are not searched. */
const mostDicts = 100

/** A dict of tensors in the file. */
interface Candidate {
  readonly keys: readonly string[]
  readonly dict: Map<unknown, unknown>
  /** The dicts around it, outermost first, for the plain data in them. */
  readonly around: readonly Map<unknown, unknown>[]
}

/**
 * Finds a dict of tensors. Among dicts that contain a CLIP model, chooses the requested one, else the one under the usual key, and
 * not a second copy (an average, a teacher). Without a CLIP model, chooses any dict of tensors.
 * @param weights part of the key of the requested dict (`ema`, `model`); if no key fits, tensor names are searched for it later
 * @throws DreamLIPError `TENSOR_INVALID` for two tensors of equal name; `CHECKPOINT_MISMATCH` for several dicts that fit equally
 */
export function findStateDict(file: string, value: unknown, weights?: string): StateDict | undefined {
  const candidates = dictsOf(value)
  const clips = candidates.filter(({ dict }) => holdsTower(tensorNames(dict)))
  const [chosen] = clips.length > 0 ? [chooseDict(file, clips, weights)] : candidates
  if (!chosen) return undefined
  const key = chosen.keys.join('.')
  return {
    tensors: namedTensors(file, chosen.dict),
    // `{ ...a }` would restore the prototype.
    metadata: Object.assign(Object.create(null) as object, ...chosen.around.map(plainFacts)) as Record<string, unknown>,
    key,
    otherKeys: clips.map(({ keys }) => keys.join('.')).filter((other) => other !== key),
  }
}

/** All dicts with tensors, those under the usual keys first. */
function dictsOf(root: unknown): Candidate[] {
  const found: Candidate[] = []
  const visited = new Set<unknown>()
  const visit = (value: unknown, keys: readonly string[], around: Candidate['around']): void => {
    if (visited.has(value) || visited.size === mostDicts) return
    if (value instanceof PickleObject) {
      visited.add(value)
      const dict = moduleTensors(value)
      if (dict.size > 0) found.push({ keys, dict, around })
    }
    if (Array.isArray(value)) {
      visited.add(value)
      for (const [i, item] of value.entries()) if (typeof item === 'object') visit(item, [...keys, String(i)], around)
    }
    if (!(value instanceof Map)) return
    visited.add(value)
    const dict = value as Map<unknown, unknown>
    for (const key of new Set<unknown>([...weightKeys, ...dict.keys()])) {
      if (typeof key !== 'string' || key.length > longestKey || noWeightKeys.test(key)) continue
      visit(dict.get(key), [...keys, key], [...around, dict])
    }
    if (tensorNames(dict).next().done !== true) found.push({ keys, dict, around: [...around, dict] })
  }
  visit(root, [], [])
  return found
}

function chooseDict(file: string, clips: readonly Candidate[], weights: string | undefined): Candidate {
  const wanted = clips.filter(({ keys }) => isWanted(keys.join('.'), weights))
  const remaining = wanted.length > 0 ? wanted : clips
  const usual = remaining.find(({ keys }) => keys.every((key) => weightKeys.includes(key)))
  if (usual || remaining.length === 1) return usual ?? remaining[0]!
  const names = remaining.map(({ keys }) => keys.join('.'))
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file}: it contains ${names.length} CLIP models, under the keys ${listNames(names)}. Choose one: { weights: '${names[0]}' }.`,
  )
}

function* tensorNames(dict: Map<unknown, unknown>): Generator<string> {
  for (const [key, item] of dict) if (typeof key === 'string' && item instanceof PickleTensor) yield key
}

/** The tensors of a dict, by their names without wrappers. @throws DreamLIPError `TENSOR_INVALID` for two with the same name */
export function namedTensors(file: string, dict: Map<unknown, unknown>): Map<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>()
  for (const key of tensorNames(dict)) {
    const name = withoutWrappers(key)
    if (tensors.has(name)) invalidPickle(file, `two tensors have the name '${name}'`, 'TENSOR_INVALID')
    tensors.set(name, dict.get(key) as PickleTensor)
  }
  return tensors
}

/** The strings, numbers, booleans and nulls of a dict. The object has no prototype, so that no key is special. */
function plainFacts(dict: Map<unknown, unknown>): Record<string, unknown> {
  const facts = Object.create(null) as Record<string, unknown>
  for (const [name, item] of dict) {
    if (typeof name === 'string' && (item === null || ['string', 'number', 'boolean'].includes(typeof item))) {
      facts[name] = item
    }
  }
  return facts
}

/** Modules have about ten levels. The memory for names grows with the square of the depth. */
const deepestModule = 64

/** TorchScript saves modules as objects whose attributes are tensors and modules. A tensor's name is its path of attributes. */
function moduleTensors(root: PickleObject): Map<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>()
  const visited = new Set<unknown>()
  const visit = (object: PickleObject, path: string, depth: number) => {
    if (!(object.state instanceof Map) || visited.has(object.state) || depth > deepestModule) return
    visited.add(object.state)
    for (const [attribute, value] of object.state as Map<unknown, unknown>) {
      if (typeof attribute !== 'string') continue
      if (value instanceof PickleTensor) tensors.set(`${path}${attribute}`, value)
      else if (value instanceof PickleObject) visit(value, `${path}${attribute}.`, depth + 1)
    }
  }
  visit(root, '', 0)
  return tensors
}
