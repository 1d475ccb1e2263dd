/** Finds the model's tensors in what a training program saved. */
import { invalidPickle, PickleObject, PickleTensor } from './pickle-values'

/** The model's tensors by name, and the plain facts that stand beside them. */
export interface StateDict {
  readonly tensors: Map<string, PickleTensor>
  readonly metadata: Record<string, unknown>
}

/** Keys under which training programs put the weights, the usual one first. */
const weightKeys = ['state_dict', 'model_state_dict', 'model', 'ema', 'weights', 'params', 'net']

/** What compiling puts before the names of the compiled part, and data-parallel training before every name. */
const compiled = /(?:^|(?<=\.))_orig_mod\./g
const parallel = /^(?:module\.)+/

/** Training programs nest a few dicts; more are not searched. */
const mostDicts = 100

/** Finds a dict of tensors: what the object has under one of the usual keys, nested ones too, or else the object itself. */
export function findStateDict(file: string, value: unknown, visited = new Set<unknown>()): StateDict | undefined {
  if (value instanceof PickleObject) return asStateDict(file, moduleTensors(value), new Map())
  if (!(value instanceof Map) || visited.has(value) || visited.size === mostDicts) return undefined
  visited.add(value)
  for (const key of weightKeys) {
    const inner = findStateDict(file, value.get(key), visited)
    // `{ ...a }` would give the prototype back to the facts.
    if (inner) return { tensors: inner.tensors, metadata: Object.assign(plainFacts(value), inner.metadata) }
  }
  return asStateDict(file, value, value)
}

function asStateDict(file: string, dict: Map<unknown, unknown>, facts: Map<unknown, unknown>): StateDict | undefined {
  const tensors = new Map<string, PickleTensor>()
  for (const [key, item] of dict) {
    if (typeof key !== 'string' || !(item instanceof PickleTensor)) continue
    const name = key.replace(compiled, '').replace(parallel, '')
    if (tensors.has(name)) invalidPickle(file, `two tensors have the name '${name}'`, 'TENSOR_INVALID')
    tensors.set(name, item)
  }
  return tensors.size > 0 ? { tensors, metadata: plainFacts(facts) } : undefined
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

/** Modules nest some ten levels deep; the names of more would take memory that grows with the square of the depth. */
const deepestModule = 64

/** TorchScript saves modules as objects whose attributes are tensors and modules: names are the path of attributes. */
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
