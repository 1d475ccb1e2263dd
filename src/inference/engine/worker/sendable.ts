/** Arguments of a method in a form that can be sent to a worker. The caller's own objects are copied, never transferred. */
import { wrongArgument } from '../../../check-arguments'
import { bitmapOf, isDrawable } from '../../../images/decode/source/drawable'
import { isByteStream, readStream } from '../../../images/byte-stream'
import { isRawImage } from '../../../images/raw-image'
import type { MethodName } from '../methods'

export interface Sendable {
  readonly args: readonly unknown[]
  /** Objects to transfer instead of copying. They were created for the worker. */
  readonly transfer: Transferable[]
  /** Resolves when `args` and `transfer` are complete. Undefined if they already are. */
  readonly ready?: Promise<unknown>
}

/** The names of the arguments in errors. */
const names: Readonly<Record<MethodName, readonly string[]>> = {
  encodeImage: ['images', 'options'],
  encodePatches: ['images', 'options'],
  encodeText: ['texts', 'options'],
  similarity: ['images', 'texts', 'options'],
  match: ['images', 'texts', 'options'],
  rank: ['query', 'images', 'options'],
  classify: ['images', 'labels', 'options'],
  ground: ['image', 'text', 'options'],
  segment: ['image', 'labels', 'options'],
  preload: ['options'],
  fingerprint: ['options'],
  selfCheck: ['options'],
  save: ['path', 'options'],
  toBlob: ['options'],
  exportOnnx: ['path', 'options'],
  readParameter: ['name'],
}

/** @throws DreamLIPError `INVALID_ARGUMENT` naming a value that cannot be sent */
export function sendableArguments(method: MethodName, args: readonly unknown[]): Sendable {
  return sendableValues(names[method], args)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` naming a value that cannot be sent */
export function sendableValues(names: readonly string[], values: readonly unknown[]): Sendable {
  const making: Making = { transfer: [], pending: [] }
  const args: unknown[] = []
  values.forEach((value, i) => place(making, args, i, names[i]!, value, 0))
  const ready = making.pending.length > 0 ? Promise.all(making.pending) : undefined
  return { args, transfer: making.transfer, ready }
}

interface Making {
  readonly transfer: Transferable[]
  readonly pending: Promise<void>[]
}

/** The deepest nesting of objects: a classifier's embeddings have four levels. More levels are probably a cycle. */
const deepest = 12

/** Puts the sendable form of a value into an array or object. */
function place(making: Making, into: object, key: PropertyKey, name: string, value: unknown, depth: number): void {
  const put = (sendable: unknown) => Reflect.set(into, key, sendable)
  if (typeof value === 'function' || typeof value === 'symbol' || depth > deepest) {
    throw wrongArgument(name, 'a value that can be sent to a worker', value)
  }
  if (isDrawable(value)) {
    const drawn = bitmapOf(value).then((bitmap) => {
      making.transfer.push(bitmap)
      put(bitmap)
    })
    making.pending.push(drawn)
  } else if (typeof value !== 'object' || value === null || isCloned(value)) {
    put(value)
  } else if (isByteStream(value)) {
    making.pending.push(readStream(value).then((bytes) => void put(bytes)))
  } else if (value instanceof URL) {
    put(value.href)
  } else if (ArrayBuffer.isView(value)) {
    put(ownBytes(value))
  } else {
    const parts = partsOf(value)
    const copy = Array.isArray(parts) ? [] : {}
    put(copy)
    for (const [inner, part] of Object.entries(parts)) {
      place(making, copy, inner, Array.isArray(parts) ? `${name}[${inner}]` : `${name}.${inner}`, part, depth + 1)
    }
  }
}

/** Whether a value is sent unchanged. */
function isCloned(value: object): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'number')
  const { ImageData } = globalThis as { ImageData?: new (width: number, height: number) => object }
  return (
    value instanceof Blob || value instanceof ArrayBuffer || (ImageData !== undefined && value instanceof ImageData)
  )
}

/** Sending a part of a buffer would copy the whole buffer. */
function ownBytes(view: ArrayBufferView): ArrayBufferView {
  if (view.byteLength === view.buffer.byteLength || !(view instanceof Object.getPrototypeOf(Uint8Array))) return view
  return Uint8Array.prototype.slice.call(view)
}

/** The parts of an array or object that must be checked. */
function partsOf(value: object): object {
  if (Array.isArray(value)) return value as unknown[]
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>)
  if (!isRawImage(value)) return value
  const { data, width, height, channels, palette, cmyk } = value
  return { data, width, height, channels, palette, cmyk }
}
