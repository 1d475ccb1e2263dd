/** CIFAR's batches for Python: pickles with an array of pixels and a list of labels. They are read with an allow-list; nothing in them is called. */
import type { PickleMeaning } from '../../../../checkpoint/torch/pickle/machine'
import { readPickle } from '../../../../checkpoint/torch/pickle/read-pickle'
import { invalidPickle, PickleGlobal, PickleObject } from '../../../../checkpoint/torch/pickle/values'
import { DreamLIPError } from '../../../../errors'
import { cifarImage, cifarImageBytes, type LabelledPixels } from './cifar'

/** The names that a batch may use: the parts of a NumPy array. */
const allowed = /^(?:numpy\.(?:_?core\.multiarray\._reconstruct|ndarray|dtype)|_codecs\.encode)$/

/**
 * @throws DreamLIPError `PICKLE_FORBIDDEN` for a pickle that names anything else, `PICKLE_INVALID` for one that is damaged,
 *   `DATA_INVALID` for one without pixels and labels
 */
export function readCifarPickle(name: string, bytes: Uint8Array): LabelledPixels[] {
  const { value } = readPickle({ file: name, bytes }, meaningOf(name, bytes.length))
  const batch =
    value instanceof Map ? new Map([...value].map(([key, item]) => [textOf(key), item as unknown])) : undefined
  const pixels = pixelsOf(batch?.get('data'))
  // CIFAR-100 calls its labels coarse and fine.
  const labels = batch?.get('fine_labels') ?? batch?.get('labels')
  const isComplete = pixels && Array.isArray(labels) && pixels.length === labels.length * cifarImageBytes
  if (!isComplete || !labels.every(Number.isSafeInteger)) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${name}: expected a batch of CIFAR, with data of [images, 3072] bytes and as many labels.`,
    )
  }
  return (labels as number[]).map((label, i) => ({ image: cifarImage(pixels, i * cifarImageBytes), label }))
}

function meaningOf(file: string, size: number): PickleMeaning {
  let copied = 0
  return {
    global(module, name) {
      const full = `${module}.${name}`
      if (allowed.test(full)) return new PickleGlobal(full)
      throw new DreamLIPError(
        'PICKLE_FORBIDDEN',
        `${file}: it asks for ${full.slice(0, 200)}, which a batch of CIFAR does not need; nothing was executed.`,
      )
    },
    call({ name }, args) {
      if (name !== '_codecs.encode') return new PickleObject(name === 'numpy.dtype' ? String(textOf(args[0])) : name)
      const [text] = args
      if (typeof text !== 'string') return invalidPickle(file, 'it encodes a value that is not text')
      copied += text.length
      if (copied > size) return invalidPickle(file, 'it copies its own data too often')
      return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
    },
    build(value, state) {
      if (value instanceof PickleObject) value.state = state
      return value
    },
    persistent: () => invalidPickle(file, 'it refers to data outside the pickle'),
  }
}

/** The bytes of a NumPy array of unsigned bytes, from its state `(version, shape, type, is Fortran's order, bytes)`. */
function pixelsOf(array: unknown): Uint8Array | undefined {
  const state = array instanceof PickleObject && Array.isArray(array.state) ? (array.state as unknown[]) : []
  const [, , type, isFortran, bytes] = state
  if (!(type instanceof PickleObject) || type.className !== 'u1' || isFortran === true) return undefined
  // A string of Python 2 whose bytes happen to be text.
  if (typeof bytes === 'string') return new TextEncoder().encode(bytes)
  return bytes instanceof Uint8Array ? bytes : undefined
}

function textOf(value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : value
}
