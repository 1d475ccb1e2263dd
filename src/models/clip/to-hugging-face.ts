/** The tensors of a CLIP model by the names of Hugging Face's CLIPModel: the way back from `hugging-face.ts`. */
import type { HostTensor } from '../../checkpoint/tensor'
import { transpose } from '../names/derived-tensors'
import { blockNames, tensorNames, transposedNames } from './hugging-face-names'

const reversed = (names: readonly (readonly [string, string])[]) =>
  new Map(names.map(([theirs, ours]) => [ours, theirs] as const))

const theirNames = reversed(tensorNames)
const theirBlockNames = reversed(blockNames)
const theirProjections = reversed(transposedNames)

const block = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+?)[._](weight|bias)$/

/** Tensors that CLIPModel has no place for, by open_clip's names. */
export function withoutHuggingFaceName(names: Iterable<string>): string[] {
  return [...names].filter((name) => !theirNames.has(name) && !theirProjections.has(name) && !isInBlock(name))
}

function isInBlock(name: string): boolean {
  const part = block.exec(name)?.[3]
  return part === 'attn.in_proj' || theirBlockNames.has(part!)
}

/**
 * The same values by Hugging Face's names: queries, keys and values apart, projections transposed. Values are computed when they are
 * read.
 * @param parameters by open_clip's names; each has a place in CLIPModel
 */
export function openCLIPToHuggingFace(parameters: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  return new Map([...parameters].flatMap(([name, tensor]) => renamed(name, tensor)))
}

function renamed(name: string, tensor: HostTensor): [string, HostTensor][] {
  const projection = theirProjections.get(name)
  if (projection !== undefined) return [[projection, transposed(tensor)]]
  const [, visual, layer, part, kind] = block.exec(name) ?? []
  if (part === undefined) return [[theirNames.get(name)!, tensor]]
  const prefix = `${visual === undefined ? 'text' : 'vision'}_model.encoder.layers.${layer}`
  if (part !== 'attn.in_proj') return [[`${prefix}.${theirBlockNames.get(part)!}.${kind}`, tensor]]
  return ['q', 'k', 'v'].map((letter, i) => [`${prefix}.self_attn.${letter}_proj.${kind}`, third(tensor, i)])
}

/** One third of the rows: `[3 · width, …] → [width, …]`. */
function third(tensor: HostTensor, index: number): HostTensor {
  const [rows, ...rest] = tensor.shape as [number, ...number[]]
  return {
    shape: [rows / 3, ...rest],
    dtype: tensor.dtype,
    get data() {
      const { data } = tensor
      return data.subarray((index * data.length) / 3, ((index + 1) * data.length) / 3)
    },
  }
}

/** `[rows, columns] → [columns, rows]` */
function transposed(tensor: HostTensor): HostTensor {
  const [rows, columns] = tensor.shape as [number, number]
  return {
    shape: [columns, rows],
    dtype: tensor.dtype,
    get data() {
      return transpose(tensor.data as Float32Array, rows, columns)
    },
  }
}
