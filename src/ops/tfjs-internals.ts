/** The only file that patches TensorFlow.js or uses its undocumented parts. Other versions of TensorFlow.js are refused. */
import {
  DataStorage,
  engine,
  reshape,
  slice,
  Tensor,
  version_core,
  type KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../errors'

/** The version whose internals this file knows, without the patch number. */
const knownVersion = '4.22'

/** @throws DreamLIPError `DEPENDENCY_UNSUPPORTED` if the installed version of `@tensorflow/tfjs-core` is not the known one */
export function checkTfjsVersion(): void {
  if (version_core.startsWith(`${knownVersion}.`)) return
  throw new DreamLIPError(
    'DEPENDENCY_UNSUPPORTED',
    `@tensorflow/tfjs-core: expected version ${knownVersion}.x, because dreamlip uses its internals; got ${version_core}. ` +
      `Install it: npm install @tensorflow/tfjs-core@~${knownVersion}.0`,
  )
}

function checkedEngine(): ReturnType<typeof engine> {
  checkTfjsVersion()
  return engine()
}

/** Makes a tensor from a backend's entry. The recorder's inputs have no values, so `tensor()` cannot make them. */
export function tensorFromInfo(info: TensorInfo): Tensor {
  return checkedEngine().makeTensorFromTensorInfo(info)
}

/** A backend's entries by data ID. The engine moves entries of other backends to it, so that the recorder sees constants. */
export function createDataStorage<Datum>(backend: KernelBackend): DataStorage<Datum> {
  return new DataStorage<Datum>(backend, checkedEngine())
}

/** A scalar and its gradients. tfjs's `grads` throws if the scalar does not depend on an input. Here such an input gets `undefined`. */
export function valueAndGradients<T extends Tensor>(
  fn: () => T,
  inputs: Tensor[],
): { value: T; gradients: (Tensor | undefined)[] } {
  const { value, grads } = checkedEngine().gradients(fn, inputs, undefined, true)
  return { value, gradients: inputs.map((_, i) => grads[i] ?? undefined) }
}

/** tfjs stops its tape when the first gradients are done. The outer gradients, which requested these, still need it. */
export function withOwnTape<T>(fn: () => T): T {
  const { state } = checkedEngine()
  const tape = state.activeTape
  try {
    return fn()
  } finally {
    state.activeTape = tape
  }
}

/** Frees the variables that `fn` creates. tfjs registers variables for the whole process, and `tidy` keeps them. */
export function disposingNewVariables<T>(fn: () => T): T {
  const { registeredVariables } = checkedEngine().state
  const before = new Set(Object.keys(registeredVariables))
  try {
    return fn()
  } finally {
    const made = Object.entries(registeredVariables).filter(([name]) => !before.has(name))
    made.forEach(([, variable]) => variable.dispose())
  }
}

/** Leaves no backend active, so that the next op chooses one. tfjs can only switch to another backend. */
export function deactivateBackend(): void {
  Object.assign(checkedEngine(), { backendName: undefined, backendInstance: null })
}

/** Whether a backend has started in this process, perhaps by another copy of its package. Asking tfjs itself would start it. */
export function hasStarted(backend: string): boolean {
  return backend in checkedEngine().registry
}

/** Stops the advice of tfjs's CPU backend, printed on first use, to install a package that does not run on current versions of Node. */
export function silenceFirstUse(backend: KernelBackend): void {
  checkTfjsVersion()
  Object.assign(backend, { firstUse: false })
}

/** Runs `fn` with another `Math.random`. tfjs's random ops call it if they get no seed. */
export function withRandom<T>(replacement: () => number, fn: () => T): T {
  checkTfjsVersion()
  const { random } = Math
  Math.random = replacement
  try {
    return fn()
  } finally {
    Math.random = random
  }
}

/** Methods that gradients of products and batched gathers call on tensors. `@tensorflow/tfjs-core` alone does not define them. */
const tensorMethods = {
  reshape(this: Tensor, shape: number[]) {
    return reshape(this, shape)
  },
  slice(this: Tensor, begin: number | number[], size?: number | number[]) {
    return slice(this, begin, size)
  },
}

/** Adds the methods that tensors lack. It is called on import, so it does not check the version: existing methods stay. */
export function addTensorMethods(): void {
  Object.entries(tensorMethods)
    .filter(([name]) => !(name in Tensor.prototype))
    .forEach(([name, method]) =>
      Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true }),
    )
}
