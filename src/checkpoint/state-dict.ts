/** Finds the model's tensors in what a training program saved. */
import { PickleObject, PickleTensor } from './pickle-values'

/** The model's tensors by name, and the plain facts that stand beside them. */
export interface StateDict {
  readonly tensors: Map<string, PickleTensor>
  readonly metadata: Record<string, unknown>
}

/** Keys under which training programs put the weights, the usual one first. */
const weightKeys = ['state_dict', 'model_state_dict', 'model', 'ema', 'weights', 'params', 'net']

/** Prefixes that data-parallel and compiled training put before every name. */
const wrappers = /^(?:module\.|_orig_mod\.)+/

/** Training programs nest a few levels deep; more is a cycle. */
const deepestNesting = 8

/** Looks for a dict of tensors: the object itself, or what it has under one of the usual keys. */
export function findStateDict(value: unknown, depth = 0): StateDict | undefined {
  if (depth > deepestNesting) return undefined
  if (value instanceof PickleObject) return asStateDict(moduleTensors(value))
  if (!(value instanceof Map)) return undefined
  const own = asStateDict(value)
  if (own) return own
  const key = weightKeys.find((name) => value.get(name) instanceof Map || value.get(name) instanceof PickleObject)
  const inner = key === undefined ? undefined : findStateDict(value.get(key), depth + 1)
  return inner && { tensors: inner.tensors, metadata: { ...plainFacts(value), ...inner.metadata } }
}

function asStateDict(dict: Map<unknown, unknown>): StateDict | undefined {
  const tensors = new Map<string, PickleTensor>()
  for (const [name, item] of dict) {
    if (typeof name === 'string' && item instanceof PickleTensor) tensors.set(name.replace(wrappers, ''), item)
  }
  return tensors.size > 0 ? { tensors, metadata: plainFacts(dict) } : undefined
}

/** Texts, numbers, booleans and null: what can be shown. A null-prototype object, so that no key is special. */
function plainFacts(dict: Map<unknown, unknown>): Record<string, unknown> {
  const facts = Object.create(null) as Record<string, unknown>
  for (const [name, item] of dict) {
    if (typeof name === 'string' && (item === null || ['string', 'number', 'boolean'].includes(typeof item))) {
      facts[name] = item
    }
  }
  return facts
}

/** TorchScript saves modules as objects whose attributes are tensors and modules: names are the path of attributes. */
function moduleTensors(root: PickleObject): Map<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>()
  const visited = new Set<unknown>()
  const queue: [string, unknown][] = [['', root]]
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [path, object] = next
    if (!(object instanceof PickleObject) || !(object.state instanceof Map) || visited.has(object)) continue
    visited.add(object)
    for (const [attribute, value] of object.state) {
      const name = path === '' ? String(attribute) : `${path}.${String(attribute)}`
      if (value instanceof PickleTensor) tensors.set(name, value)
      else queue.push([name, value])
    }
  }
  return tensors
}
