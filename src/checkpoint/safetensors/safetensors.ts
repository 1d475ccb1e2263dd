/** Reads safetensors files: a header with the place of each tensor, then the tensors. */
import { DreamLIPError } from '../../errors'
import { damaged } from '../damaged'
import type { ByteSource } from '../../bytes/byte-source'
import { bytesPerElement } from '../../element-types'
import { elementCount, isShape } from '../../shape'
import { viewTensorData } from '../dtype'
import { parseStrictJSON } from './strict-json'
import type { Checkpoint, CheckpointDtype, CheckpointTensor } from '../tensor'

const largestHeader = 100_000_000

/** The format's names of element types. */
export const safetensorsDtypes: Readonly<Record<string, CheckpointDtype>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

/** A tensor's entry in the header. */
interface Entry {
  readonly name: string
  readonly dtype: CheckpointDtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/**
 * Reads the header. Tensors are read on request.
 * @throws DreamLIPError `SAFETENSORS_INVALID` naming the tensor and the rule that is broken
 */
export async function readSafetensors(source: ByteSource, signal?: AbortSignal): Promise<Checkpoint> {
  const { header, dataStart } = await readHeader(source, signal)
  const metadata = readFileMetadata(source.name, header.get('__metadata__'))
  const entries = [...header]
    .filter(([name]) => name !== '__metadata__')
    .map(([name, e]) => entryOf(source.name, name, e))
  checkLayout(source, entries, source.byteLength - dataStart)
  const tensors = new Map<string, CheckpointTensor>()
  for (const { name, dtype, shape, begin, end } of entries) {
    const offset = dataStart + begin
    const read = async (abort?: AbortSignal) => viewTensorData(await source.read(offset, end - begin, abort), dtype)
    tensors.set(name, { name, dtype, shape: [...shape], offset, read })
  }
  return {
    tensors,
    metadata,
    format: 'safetensors',
    get bytesRead() {
      return source.bytesRead
    },
    close: () => source.close(),
  }
}

async function readHeader(source: ByteSource, signal?: AbortSignal) {
  const { name, byteLength } = source
  if (byteLength < 8) fail(name, `it has ${byteLength} bytes, too few for a header`)
  const prefix = await source.read(0, 8, signal)
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true)
  if (length < 2n || length > BigInt(Math.min(largestHeader, byteLength - 8))) {
    fail(name, `its header claims ${length} bytes; the file has ${byteLength}, and the limit is ${largestHeader}`)
  }
  const bytes = await source.read(8, Number(length), signal)
  let header: unknown
  try {
    header = parseStrictJSON(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    fail(name, `its header is not valid JSON: ${(error as Error).message}`)
  }
  if (!(header instanceof Map)) fail(name, 'its header is not a JSON object')
  return { header: header as Map<string, unknown>, dataStart: 8 + Number(length) }
}

function readFileMetadata(file: string, value: unknown): Record<string, unknown> {
  const metadata = Object.create(null) as Record<string, unknown>
  if (value === undefined) return metadata
  if (!(value instanceof Map)) return fail(file, '__metadata__ is not a JSON object')
  for (const [key, text] of value as Map<string, unknown>) {
    if (typeof text !== 'string') fail(file, `the value of ${key} in __metadata__ is not a string`)
    metadata[key] = text
  }
  return metadata
}

function entryOf(file: string, name: string, value: unknown): Entry {
  const get = (key: string): unknown => (value instanceof Map ? (value as Map<string, unknown>).get(key) : undefined)
  const [type, shape, offsets] = [get('dtype'), get('shape'), get('data_offsets')]
  const dtype = typeof type === 'string' && Object.hasOwn(safetensorsDtypes, type) ? safetensorsDtypes[type] : undefined
  if (!dtype) return refuseType(file, name, type)
  if (!isShape(shape)) return fail(file, `tensor '${name}' has a shape that is not a list of whole numbers`)
  if (!isShape(offsets, 2)) return fail(file, `tensor '${name}' does not have two data_offsets`)
  const [begin, end] = offsets as [number, number]
  const bytes = elementCount(shape) * bytesPerElement(dtype)
  if (!Number.isSafeInteger(bytes) || bytes !== end - begin) {
    fail(
      file,
      `tensor '${name}' of shape [${shape.join(', ')}] and type ${String(type)} does not fit bytes ${begin} to ${end}`,
    )
  }
  return { name, dtype, shape, begin, end }
}

/** Types of the format that are not supported: 8-bit, 6-bit and 4-bit floats, complex numbers and wide unsigned integers. */
const foreignTypes = /^(?:F8_\w+|F6_\w+|F4|C64|U16|U32|U64)$/

function refuseType(file: string, name: string, type: unknown): never {
  const shown = String(type).slice(0, 80)
  const problem = `tensor '${name}' has the type ${shown}; supported are ${Object.keys(safetensorsDtypes).join(', ')}`
  if (!foreignTypes.test(shown)) return fail(file, problem)
  const advice = shown.startsWith('F')
    ? 'The model is quantized: use a file with weights in float32, float16 or bfloat16'
    : 'CLIP models do not contain such tensors: check that it is the right file'
  throw new DreamLIPError('SAFETENSORS_INVALID', `${file}: ${problem}. ${advice}.`)
}

/** Sorted by offset, the tensors start at 0, leave no gaps, do not overlap, and end with the file. */
function checkLayout(source: ByteSource, entries: readonly Entry[], dataLength: number): void {
  let at = 0
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      fail(source.name, `tensor '${name}' starts at byte ${begin} of the data; the one before ends at ${at}`)
    at = end
  }
  if (at !== dataLength)
    fail(source.name, `its tensors end at byte ${at} of the data, but the file ends at byte ${dataLength}`)
}

function fail(file: string, problem: string): never {
  throw damaged('SAFETENSORS_INVALID', file, problem)
}
