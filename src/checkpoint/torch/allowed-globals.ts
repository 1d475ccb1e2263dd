/** The allow-list: every class and function that a PyTorch pickle may name, and the inert value that replaces each call. */
import { DreamLIPError } from '../../errors'
import { elementType } from './element-types'
import { fillNumpyArray, NumpyArray, numpyScalar } from './numpy-values'
import type { PickleMeaning } from './pickle/machine'
import { invalidPickle, PickleGlobal, PickleObject, PickleStorage, PickleTensor } from './pickle/values'
import { isShape } from '../../shape'

/** The file of a call, and its memory budget. */
interface Caller {
  readonly file: string
  /** Counts memory that a call is about to use; throws if all calls together use too much. */
  allocate(bytes: number): void
}

type Call = (caller: Caller, args: readonly unknown[]) => unknown

/** Memory limit for all calls together: calls copy their arguments, and one argument can be passed a million times. */
const largestCopies = 256 * 1024 * 1024
const bytesPerEntry = 64

/** A new Map of `[key, value]` pairs or another Map. */
const toMap: Call = ({ file, allocate }, [items]) => {
  if (items === undefined || items === null) return new Map()
  if (items instanceof Map) {
    allocate(items.size * bytesPerEntry)
    return new Map(items)
  }
  allocate(Array.isArray(items) ? items.length * bytesPerEntry : 0)
  if (Array.isArray(items) && items.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    return new Map(items as [unknown, unknown][])
  }
  return invalidPickle(file, 'a dict is built from a value that is not a list of pairs')
}
const toBytes: Call = ({ file, allocate }, [text]) => {
  if (typeof text !== 'string') return invalidPickle(file, 'it encodes a value that is not text')
  allocate(text.length)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
const first: Call = (_caller, [value]) => value
const nothing: Call = () => null

const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': toMap,
  'collections.Counter': toMap,
  'collections.defaultdict': (caller, [, items]) => toMap(caller, [items]),
  'argparse.Namespace': () => new Map(),
  'torch._utils._rebuild_tensor': ({ file }, [storage, offset, shape, stride]) =>
    tensor(file, storage, offset, shape, stride),
  'torch._utils._rebuild_tensor_v2': ({ file }, [storage, offset, shape, stride]) =>
    tensor(file, storage, offset, shape, stride),
  'torch._utils._rebuild_tensor_v3': ({ file }, [storage, offset, shape, stride, , , type]) =>
    tensor(file, storage, offset, shape, stride, type),
  'torch._utils._rebuild_parameter': first,
  'torch._utils._rebuild_parameter_with_state': first,
  'torch._tensor._rebuild_from_type_v2': (caller, [callable, , args]) =>
    callable instanceof PickleGlobal && Array.isArray(args) ? call(caller, callable, args) : null,
  'torch.Size': (_caller, [sizes]) => sizes ?? [],
  'torch.device': (_caller, [type, index]) => (typeof index === 'number' ? `${show(type)}:${index}` : type),
  'torch.jit._pickle.restore_type_tag': first,
  'torch.jit._pickle.build_intlist': first,
  'torch.jit._pickle.build_doublelist': first,
  'torch.jit._pickle.build_boollist': first,
  'torch.jit._pickle.build_tensorlist': first,
  'builtins.set': (_caller, [items]) => items ?? [],
  'builtins.frozenset': (_caller, [items]) => items ?? [],
  'builtins.complex': nothing,
  // Dates and paths in the settings of training programs. Their values are not needed.
  'datetime.date': nothing,
  'datetime.datetime': nothing,
  'datetime.timedelta': nothing,
  'pathlib.Path': nothing,
  'pathlib.PosixPath': nothing,
  'pathlib.PurePosixPath': nothing,
  'pathlib.WindowsPath': nothing,
  '_codecs.encode': toBytes,
  'numpy.dtype': (_caller, [type]) => new PickleObject(show(type)),
  'numpy.core.multiarray._reconstruct': () => new NumpyArray(),
  'numpy._core.multiarray._reconstruct': () => new NumpyArray(),
  'numpy.core.multiarray.scalar': ({ file }, [type, bytes]) => numpyScalar(file, type, bytes),
  'numpy._core.multiarray.scalar': ({ file }, [type, bytes]) => numpyScalar(file, type, bytes),
}

/** Classes that are only referenced, as an argument or as a storage's type. */
const named =
  /^(torch\.\w+Storage|torch\.storage\.(Untyped|Typed)Storage|torch\.(float|double|half|bfloat|int|uint|u?long|short|char|byte|bool|complex)\w*|numpy\.ndarray|torch\.nn\.parameter\.Parameter|torch\.Tensor|builtins\.(list|dict|int|float|str|bool|tuple|set))$/

function call(caller: Caller, callable: PickleGlobal, args: readonly unknown[]): unknown {
  if (callable.name.startsWith('__torch__.')) return new PickleObject(callable.name)
  const apply = Object.hasOwn(calls, callable.name) ? calls[callable.name] : undefined
  return apply ? apply(caller, args) : invalidPickle(caller.file, `it calls ${callable.name}, which is not a function`)
}

/**
 * Interprets the names, calls and references in a PyTorch pickle.
 * @param torchScript also accept the classes that a TorchScript archive defines (`__torch__.…`), as inert objects
 */
export function torchMeaning(file: string, { torchScript = false } = {}): PickleMeaning {
  const storages = new Map<string, PickleStorage>()
  let taken = 0
  const allocate = (bytes: number) => {
    taken += bytes
    if (taken > largestCopies) invalidPickle(file, 'it copies its own data too often')
  }
  const caller = { file, allocate }
  return {
    global(module, name) {
      // Python 2 wrote `__builtin__`, Python 3 `builtins`.
      const full = `${module === '__builtin__' ? 'builtins' : module}.${name}`
      const allowed = Object.hasOwn(calls, full) || named.test(full) || (torchScript && full.startsWith('__torch__.'))
      if (allowed) return new PickleGlobal(full)
      const isQuantized = /^torch\.(?:q?u?int\d|per_|_utils\._rebuild_qtensor$)|^torchao\.|quantized/.test(full)
      throw new DreamLIPError(
        'PICKLE_FORBIDDEN',
        `${file}: it asks for ${full.slice(0, 200)}, which a file of weights does not need; nothing was executed. ` +
          (isQuantized
            ? 'The model is quantized: load the original weights (float32, float16 or bfloat16).'
            : 'If you trust the file, open it in Python and save only its state_dict: torch.save(model.state_dict(), path).'),
      )
    },
    call: (callable, args) => call(caller, callable, args),
    build: (value, state) => build(caller, value, state),
    persistent: (id) => storage(file, id, storages),
  }
}

function build({ file, allocate }: Caller, value: unknown, state: unknown): unknown {
  if (value instanceof NumpyArray) return fillNumpyArray(file, value, state, allocate)
  if (value instanceof PickleObject) value.state = state
  // A Namespace's attributes are its content; an OrderedDict's own (`_metadata`) are not.
  else if (value instanceof Map && value.size === 0 && state instanceof Map) {
    allocate(state.size * bytesPerEntry)
    for (const [key, item] of state) if (key !== '_metadata') value.set(key, item)
  }
  return value
}

function storage(file: string, id: unknown, known: Map<string, PickleStorage>): PickleStorage {
  const [kind, type, key, , count, view = null] = Array.isArray(id) ? (id as unknown[]) : []
  const valid =
    kind === 'storage' &&
    type instanceof PickleGlobal &&
    typeof key === 'string' &&
    Number.isSafeInteger(count) &&
    (count as number) >= 0 &&
    // PyTorch before 0.4 described a part of another storage here.
    view === null
  if (!valid) return invalidPickle(file, 'a storage is not described in the way of PyTorch files', 'TENSOR_INVALID')
  const element = /(\w+)Storage$/.exec(type.name)?.[1] ?? ''
  const before = known.get(key)
  if (before && (before.type !== element || before.count !== count)) {
    return invalidPickle(
      file,
      `storage '${key}' is described twice, as ${before.count} ${before.type} and as ${String(count)} ${element}`,
      'TENSOR_INVALID',
    )
  }
  const result = before ?? new PickleStorage(key, element, count as number)
  known.set(key, result)
  return result
}

/** PyTorch's own limit on the number of axes. */
const largestRank = 64

function tensor(
  file: string,
  storage: unknown,
  offset: unknown,
  shape: unknown,
  stride: unknown,
  type?: unknown,
): PickleTensor {
  // Checks the length first: one long list can be passed to a million calls.
  const isList = (value: unknown): value is readonly number[] =>
    Array.isArray(value) && value.length <= largestRank && isShape(value)
  const valid =
    storage instanceof PickleStorage &&
    isShape([offset]) &&
    isList(shape) &&
    isList(stride) &&
    shape.length === stride.length
  if (!valid) {
    return invalidPickle(
      file,
      `a tensor has offset ${show(offset)}, shape ${show(shape)} and stride ${show(stride)}: expected whole numbers from 0, ` +
        `at most ${largestRank}`,
      'TENSOR_INVALID',
    )
  }
  const named = type instanceof PickleGlobal ? elementType(type.name) : storage.type
  return new PickleTensor(storage, named, offset as number, shape, stride)
}

/** A value in a message. Never String(array): nested lists that repeat each other ten times per level would take too long. */
function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 100)
  if (!Array.isArray(value)) return 'an object'
  const items = value.slice(0, 10).map((item) => (Array.isArray(item) ? 'a list' : show(item)))
  return `[${items.join(', ')}${value.length > 10 ? ', …' : ''}]`
}
