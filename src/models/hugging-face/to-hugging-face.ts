/** Renames a model's tensors for Hugging Face's CLIPModel or SiglipModel: the inverse of `hugging-face.ts`. */
import type { HostTensor } from '../../checkpoint/tensor'
import { transpose } from '../names/derived-tensors'
import { blockNames, tensorNames, transposedNames, type NamePairs } from '../clip/hugging-face-names'
import { siglipTensorNames } from '../siglip/hugging-face-names'

/** Hugging Face names by open_clip name. */
export interface TheirNames {
  /** Tensors outside the blocks that only differ in name. */
  readonly plain: ReadonlyMap<string, string>
  /** Matrices that are transposed. */
  readonly transposed: ReadonlyMap<string, string>
}

/** The names of CLIPModel, and of SiglipModel. */
export const clipModelNames: TheirNames = { plain: reversed(tensorNames), transposed: reversed(transposedNames) }
export const siglipModelNames: TheirNames = {
  plain: reversed([...tensorNames, ...siglipTensorNames]),
  transposed: new Map(),
}

const theirBlockNames = reversed(blockNames)

function reversed(names: NamePairs): Map<string, string> {
  return new Map(names.map(([theirs, ours]) => [ours, theirs] as const))
}

const block = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+?)[._](weight|bias)$/

/** Names of tensors that have no place in the Hugging Face model. */
export function withoutHuggingFaceName(names: Iterable<string>, { plain, transposed: turned }: TheirNames): string[] {
  return [...names].filter((name) => !plain.has(name) && !turned.has(name) && !isInBlock(name))
}

function isInBlock(name: string): boolean {
  const part = block.exec(name)?.[3]
  return part === 'attn.in_proj' || theirBlockNames.has(part!)
}

/**
 * The same values under Hugging Face's names: queries, keys and values separate, projections transposed. Values are computed when
 * they are read.
 * @param parameters by open_clip's names; each has a place in the model
 */
export function openCLIPToHuggingFace(
  parameters: ReadonlyMap<string, HostTensor>,
  names: TheirNames,
): Map<string, HostTensor> {
  return new Map([...parameters].flatMap(([name, tensor]) => renamed(name, tensor, names)))
}

function renamed(name: string, tensor: HostTensor, { plain, transposed: turned }: TheirNames): [string, HostTensor][] {
  const projection = turned.get(name)
  if (projection !== undefined) return [[projection, transposed(tensor)]]
  const [, visual, layer, part, kind] = block.exec(name) ?? []
  if (part === undefined) return [[plain.get(name)!, tensor]]
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
