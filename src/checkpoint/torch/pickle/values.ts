/** The values that a decoded pickle may contain: plain, inert data. */
import { damaged } from '../../damaged'

/** A class or function by name. It is never looked up, imported or called. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** A storage: bytes outside the pickle, which tensors are views of. */
export class PickleStorage {
  constructor(
    /** The name of the entry with its bytes, or a key. */
    readonly key: string,
    /** PyTorch's name of the element type (`Float`, `BFloat16`), or `Untyped` for plain bytes. */
    readonly type: string,
    /** Elements; bytes if untyped. */
    readonly count: number,
  ) {}
}

/** A strided view of a storage. */
export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    /** PyTorch's name of the element type. */
    readonly type: string,
    /** In elements. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** In elements. */
    readonly stride: readonly number[],
  ) {}
}

/** The attributes of an object of an unknown class, as TorchScript writes modules. */
export class PickleObject {
  state: unknown = undefined
  constructor(readonly className: string) {}
}

export function invalidPickle(
  file: string,
  problem: string,
  code: 'PICKLE_INVALID' | 'TENSOR_INVALID' = 'PICKLE_INVALID',
): never {
  throw damaged(code, file, problem)
}
