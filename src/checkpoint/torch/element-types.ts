/** PyTorch's names of element types. */
import type { CheckpointDtype } from '../tensor'

/** As storages use them: the class of a storage of `Float` is `FloatStorage`. A Map, since names come from files. */
const dtypes: ReadonlyMap<string, CheckpointDtype> = new Map([
  ['Float', 'float32'],
  ['Double', 'float64'],
  ['Half', 'float16'],
  ['BFloat16', 'bfloat16'],
  ['Long', 'int64'],
  ['Int', 'int32'],
  ['Short', 'int16'],
  ['Char', 'int8'],
  ['Byte', 'uint8'],
  ['Bool', 'bool'],
])

const names = new Map([...dtypes].map(([name, dtype]) => [dtype, name]))

export const supportedDtypes: readonly CheckpointDtype[] = [...names.keys()]

/** The dtype of a storage's or tensor's element type. Untyped storages are bytes. */
export function dtypeOf(type: string): CheckpointDtype | undefined {
  return type === 'Untyped' ? 'uint8' : dtypes.get(type)
}

/** The name of a dtype's storage class. */
export function storageClass(dtype: CheckpointDtype): string {
  return `${names.get(dtype)!}Storage`
}

/** The element type that a `torch.dtype` (`torch.float32`) stands for; the name itself if it is not supported. */
export function elementType(torchDtype: string): string {
  return names.get(torchDtype.replace(/^torch\./, '') as CheckpointDtype) ?? torchDtype
}
