/** Maps the names of Hugging Face's CLIPModel, which has separate query, key and value tensors and transposed projections. */
import { DreamLIPError } from '../../errors'
import { toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointDtype, CheckpointTensor } from '../../checkpoint/tensor'
import { blockNames, tensorNames, transposedNames } from './hugging-face-names'

const ownNames: ReadonlyMap<string, string> = new Map(tensorNames)
const blockRenames: ReadonlyMap<string, string> = new Map(blockNames)
const projections: ReadonlyMap<string, string> = new Map(transposedNames)

const block = /^(vision|text)_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)$/

/** Tensors by open_clip's names. @throws DreamLIPError `CHECKPOINT_MISMATCH` if a query has no key or value */
export function huggingFaceToOpenCLIP(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  const result = new Map<string, CheckpointTensor>()
  const add = (tensor: CheckpointTensor) => void result.set(tensor.name, tensor)
  for (const [name, tensor] of tensors) {
    if (/\.self_attn\.[kv]_proj\./.test(name)) continue
    const inBlock = block.exec(name)
    const projection = projections.get(name)
    if (projection && tensor.shape.length === 2) add(transposed(projection, tensor))
    else if (inBlock) add(blockTensor(tensors, tensor, inBlock))
    else add({ ...tensor, name: ownNames.get(name) ?? name })
  }
  return result
}

function blockTensor(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  tensor: CheckpointTensor,
  [, tower, layer, part, kind]: readonly string[],
): CheckpointTensor {
  const prefix = `${tower === 'vision' ? 'visual.' : ''}transformer.resblocks.${layer}`
  if (part !== 'self_attn.q_proj') {
    return { ...tensor, name: `${prefix}.${blockRenames.get(part!) ?? part}.${kind}` }
  }
  const pieces = ['q', 'k', 'v'].map((letter) => {
    const piece = tensors.get(tensor.name.replace('.q_proj.', `.${letter}_proj.`))
    if (piece?.shape.join() === tensor.shape.join()) return piece
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `${tensor.name}: expected a ${letter}_proj of the same shape [${tensor.shape.join(', ')}] in the same layer; got ` +
        `${piece ? `[${piece.shape.join(', ')}]` : 'none'}. The file is incomplete.`,
    )
  })
  return stacked(`${prefix}.attn.in_proj_${kind}`, pieces)
}

/** Query, key and value stacked along the first axis, as in PyTorch's MultiheadAttention. */
function stacked(name: string, pieces: readonly CheckpointTensor[]): CheckpointTensor {
  const [rows, ...rest] = pieces[0]!.shape
  return {
    name,
    shape: [rows! * pieces.length, ...rest],
    dtype: commonType(pieces),
    offset: pieces[0]!.offset,
    async read(signal) {
      const values: Float32Array[] = []
      for (const piece of pieces) values.push(toFloat32(await piece.read(signal)))
      const result = new Float32Array(values.reduce((sum, { length }) => sum + length, 0))
      values.reduce((at, part) => (result.set(part, at), at + part.length), 0)
      return result
    },
  }
}

/** The type of values that are read as float32: half precision is the same number in float32. */
function commonType(pieces: readonly CheckpointTensor[]): CheckpointDtype {
  const [first, ...others] = pieces.map(({ dtype }) => dtype)
  const isHalf = first === 'float16' || first === 'bfloat16'
  return isHalf && others.every((dtype) => dtype === first) ? first : 'float32'
}

function transposed(name: string, tensor: CheckpointTensor): CheckpointTensor {
  const [rows, columns] = tensor.shape as [number, number]
  return {
    name,
    shape: [columns, rows],
    dtype: commonType([tensor]),
    offset: tensor.offset,
    async read(signal) {
      return transpose(toFloat32(await tensor.read(signal)), rows, columns)
    },
  }
}

/** `[rows, columns] → [columns, rows]` */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(rows * columns) // [columns, rows]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!
  }
  return result
}
