/** Opens a checkpoint of any supported format: the first bytes tell which it is. */
import { checkCall } from '../check-arguments'
import { DreamLIPError } from '../errors'
import type { ByteSource } from '../bytes/byte-source'
import { openByteSource, type ByteSourceInput } from '../bytes/open-source'
import { readSafetensors } from './safetensors/safetensors'
import type { Checkpoint } from './tensor'
import { readTorchCheckpoint } from './torch/torch-checkpoint'

/**
 * Opens a checkpoint: PyTorch zip, TorchScript, legacy PyTorch, or safetensors. Only names, shapes and metadata are read;
 * values when a tensor's `read()` is called. Call `close()` when done.
 * @throws DreamLIPError for sources that cannot be read, are no checkpoint, or are damaged or hostile
 */
export async function readCheckpoint(
  input: ByteSourceInput,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Checkpoint> {
  const { signal } = checkCall(options)
  const source = await openByteSource(input, { signal })
  try {
    const head = await source.read(0, Math.min(64, source.byteLength), signal)
    return isSafetensors(head, source.byteLength)
      ? await readSafetensors(source, signal)
      : await readTorchOrExplain(source, head, signal)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** A header length that fits the file, and the brace of its JSON (white space may stand before it). */
function isSafetensors(head: Uint8Array, byteLength: number): boolean {
  if (head.length < 10 || isZip(head)) return false
  const length = new DataView(head.buffer, head.byteOffset, head.length).getBigUint64(0, true)
  const brace = [...head.subarray(8)].find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return brace === 0x7b && (head[0] !== 0x80 || length <= BigInt(byteLength))
}

function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)
}

async function readTorchOrExplain(source: ByteSource, head: Uint8Array, signal?: AbortSignal): Promise<Checkpoint> {
  const isPickle = head[0] === 0x80 && head[1]! <= 5
  if (isZip(head) || isPickle) return readTorchCheckpoint(source, signal)
  throw new DreamLIPError(
    'FORMAT_UNKNOWN',
    `${source.name}: expected a PyTorch checkpoint or a safetensors file; ${describe(head, source.byteLength)}.`,
  )
}

/** What a file that is no checkpoint seems to be, and what to do about it. */
function describe(head: Uint8Array, byteLength: number): string {
  if (byteLength === 0) return 'it is empty. Download it again'
  const text = new TextDecoder('latin1').decode(head)
  if (/^\s*<(!doctype|html|\?xml)/i.test(text))
    return 'it is a web page. Download the file itself, not the page about it'
  if (text.startsWith('version https://git-lfs')) return 'it is a Git LFS pointer. Run git lfs pull'
  if (head[0] === 0x1f && head[1] === 0x8b) return 'it is gzip-compressed. Unpack it first'
  if (text.startsWith('\x89HDF')) return 'it is an HDF5 file. Convert it to safetensors in Python'
  if (text.startsWith('GGUF')) return 'it is a GGUF file. Use the original checkpoint'
  if (/^[\x08\x0a]/.test(text) && text.includes('onnx')) return 'it is an ONNX model. Use the original checkpoint'
  const bytes = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return `it starts with ${bytes} and has ${byteLength} bytes. Check that it is the right file and whole`
}
