/** The labels of an image with several classes: a `.npy` file with one number per class, nonzero if the image shows the class. */
import { fileKind } from '../../../../bytes/file-kind'

/** Types of elements that NumPy writes for labels, by their names in the header, without the sign of the byte order. */
const types: Readonly<Record<string, readonly [bytes: number, read: (view: DataView, at: number) => number]>> = {
  b1: [1, (view, at) => view.getUint8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i1: [1, (view, at) => view.getInt8(at)],
  i4: [4, (view, at) => view.getInt32(at, true)],
  i8: [8, (view, at) => Number(view.getBigInt64(at, true))],
  f4: [4, (view, at) => view.getFloat32(at, true)],
  f8: [8, (view, at) => view.getFloat64(at, true)],
}

/** The indices of the classes that an image shows, or why the file cannot be used. */
export function readLabelArray(bytes: Uint8Array, classCount: number): readonly number[] | string {
  const header = headerOf(bytes)
  if (!header) return 'its labels are not a .npy file'
  const [, type] = /'descr': '[<|]([a-z]\d)'/.exec(header.text) ?? []
  const element = type !== undefined && Object.hasOwn(types, type) ? types[type] : undefined
  if (!element) return 'its labels have an element type that is not supported'
  const [size, read] = element
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.end, bytes.length - header.end)
  if (view.byteLength !== classCount * size) {
    return `expected ${classCount} labels, one per class; got ${view.byteLength / size}`
  }
  return Array.from({ length: classCount }, (_, at) => at).filter((at) => read(view, at * size) !== 0)
}

function headerOf(bytes: Uint8Array): { readonly text: string; readonly end: number } | undefined {
  if (bytes.length < 12 || !fileKind(bytes, ['numpy'])) return undefined
  const isFirstVersion = bytes[6] === 1
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const start = isFirstVersion ? 10 : 12
  const end = start + (isFirstVersion ? view.getUint16(8, true) : view.getUint32(8, true))
  return end <= bytes.length ? { text: new TextDecoder().decode(bytes.subarray(start, end)), end } : undefined
}
