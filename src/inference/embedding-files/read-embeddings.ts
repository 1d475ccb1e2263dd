/** Reads embeddings from files. */
import type { ByteSource } from '../../bytes/byte-source'
import type { RequestHeaders } from '../../bytes/http/headers'
import { openByteSource, type ByteSourceInput } from '../../bytes/read/open-source'
import { checkCall, checkFlag, checkText } from '../../check-arguments'
import { toFloat32 } from '../../checkpoint/dtype'
import { readJSONFile } from '../../checkpoint/folder/json-file'
import { fileNameOf, folderOf } from '../../checkpoint/folder/open-folder'
import { listNames } from '../../checkpoint/names/list-names'
import { isNpy, readNpy } from '../../checkpoint/npy/npy-reader'
import { readCheckpoint } from '../../checkpoint/read-checkpoint'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import type { ShapedArray } from '../../shaped-array'
import type { Embeddings } from '../embeddings/embeddings'
import { entriesOf, isNames, namesFileOf, type NamedEmbeddings } from './named-embeddings'

export interface ReadEmbeddingsOptions {
  /**
   * Which tensor to read from a safetensors file that contains several, such as `'image_embeddings'` or `'text_embeddings'`, as
   * `dreamlip embed` writes them.
   */
  readonly tensor?: string
  /** Whether to look for the names of the rows, for a `.npy` file in the file `NAME.rows.json` next to it; default true. */
  readonly names?: boolean
  /** Sent with every request, such as `Authorization`. */
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
}

/** Maximum bytes of a names file: enough for a million rows. */
const largestNamesFile = 2 ** 28

/**
 * Reads embeddings from a `.npy` file (NumPy) or a safetensors file, such as those that `dreamlip embed` and `saveEmbeddings` write.
 * Values are float32; float16 becomes float32 exactly, and float64 is rounded. An array with one axis is one row.
 * @param source a path, URL, Blob, or bytes
 * @returns `[rows, dimensions]`, with `names` if the file, or the file next to it, names the rows
 * @throws DreamLIPError `NPY_INVALID`, `SAFETENSORS_INVALID`, `FORMAT_UNKNOWN`; `INVALID_ARGUMENT` if the file contains several tensors
 *   and `tensor` names none of them; `DATA_INVALID` if the names do not fit the rows; errors of reading
 */
export async function readEmbeddings(
  source: ByteSourceInput,
  options: ReadEmbeddingsOptions = {},
): Promise<NamedEmbeddings> {
  const { tensor, names = true, headers, signal } = checkCall(options)
  if (tensor !== undefined) checkText('tensor', tensor)
  checkFlag('names', names)
  const opened = await openByteSource(source, { headers, signal })
  try {
    const head = await opened.read(0, Math.min(16, opened.byteLength), signal)
    if (!isNpy(head)) return await readTensor(opened, { tensor, names, signal })
    const embeddings = asRows(await readNpy(opened, signal))
    return names ? { ...embeddings, ...(await namesBeside(source, embeddings, options)) } : embeddings
  } finally {
    await opened.close()
  }
}

/** An array with one axis becomes one row. */
function asRows({ data, shape }: ShapedArray): Embeddings {
  return { data, shape: shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!] }
}

/** The names in the file next to a `.npy` file, if there is one. */
async function namesBeside(
  source: ByteSourceInput,
  { shape: [rows] }: Embeddings,
  { headers, signal }: ReadEmbeddingsOptions,
): Promise<Pick<NamedEmbeddings, 'names'>> {
  const [folder, file] = [folderOf(source, { headers }), fileNameOf(source)]
  if (!folder || file === undefined) return {}
  const beside = namesFileOf(file)
  const names = await readJSONFile(folder, beside, signal, largestNamesFile)
  return names === undefined ? {} : { names: fittingNames(beside, names, rows) }
}

/** A tensor of a safetensors file, with the names in the file's metadata. */
async function readTensor(
  source: ByteSource,
  { tensor: wanted, names, signal }: Pick<ReadEmbeddingsOptions, 'tensor' | 'names' | 'signal'>,
): Promise<NamedEmbeddings> {
  const { tensors, metadata } = await readCheckpoint(source, { signal })
  const tensor = chooseTensor(source.name, [...tensors.values()], wanted)
  const embeddings = asRows({ data: toFloat32(await tensor.read(signal)), shape: [...tensor.shape] })
  const entry = Object.values(entriesOf).find((each) => each.tensor === tensor.name)?.names
  const text = entry !== undefined && names ? metadata[entry] : undefined
  if (typeof text !== 'string') return embeddings
  return {
    ...embeddings,
    names: fittingNames(`${source.name}: the metadata '${entry}'`, parsed(text), embeddings.shape[0]),
  }
}

function chooseTensor(file: string, tensors: readonly CheckpointTensor[], wanted?: string): CheckpointTensor {
  const fitting = tensors.filter(({ shape, dtype }) => [1, 2].includes(shape.length) && dtype.includes('float'))
  const chosen = wanted === undefined ? fitting : fitting.filter(({ name }) => name === wanted)
  if (chosen.length === 1) return chosen[0]!
  const found = fitting.length === 0 ? 'none' : `'${listNames(fitting.map(({ name }) => name))}'`
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${file}: expected ${wanted === undefined ? 'one tensor' : `the tensor '${wanted}'`} of floating-point rows; found ${found}.` +
      (fitting.length === 0 ? '' : ' Name the one to read: readEmbeddings(file, { tensor }).'),
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fittingNames(where: string, names: unknown, rows: number): readonly string[] {
  if (isNames(names, rows)) return names
  const came = Array.isArray(names) ? `an array of ${names.length}` : 'a value that is not an array'
  throw new DreamLIPError(
    'DATA_INVALID',
    `${where}: expected ${rows} strings, one per row; got ${came}. Write both files again, or read with { names: false }.`,
  )
}
