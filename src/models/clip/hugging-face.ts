/** Maps the names of Hugging Face's CLIPModel, which has separate query, key and value tensors and transposed projections. */
import { DreamLIPError } from '../../errors'
import { elementCount } from '../../shape'
import { toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointTensor } from '../../checkpoint/tensor'

/** Tensors that only differ in name, by pattern; `$1` is the tower's prefix or the layer. */
const renames: readonly (readonly [RegExp, string])[] = [
  [/^vision_model\.embeddings\.class_embedding$/, 'visual.class_embedding'],
  [/^vision_model\.embeddings\.patch_embedding\.weight$/, 'visual.conv1.weight'],
  [/^vision_model\.embeddings\.position_embedding\.weight$/, 'visual.positional_embedding'],
  [/^vision_model\.pre_layrnorm\.(weight|bias)$/, 'visual.ln_pre.$1'],
  [/^vision_model\.post_layernorm\.(weight|bias)$/, 'visual.ln_post.$1'],
  [/^text_model\.embeddings\.token_embedding\.weight$/, 'token_embedding.weight'],
  [/^text_model\.embeddings\.position_embedding\.weight$/, 'positional_embedding'],
  [/^text_model\.final_layer_norm\.(weight|bias)$/, 'ln_final.$1'],
  [/^logit_scale$/, 'logit_scale'],
]

/** Names inside a block. */
const blockRenames: ReadonlyMap<string, string> = new Map([
  ['layer_norm1', 'ln_1'],
  ['layer_norm2', 'ln_2'],
  ['mlp.fc1', 'mlp.c_fc'],
  ['mlp.fc2', 'mlp.c_proj'],
  ['self_attn.out_proj', 'attn.out_proj'],
])

const projections: ReadonlyMap<string, string> = new Map([
  ['visual_projection.weight', 'visual.proj'],
  ['text_projection.weight', 'text_projection'],
])

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
    else add({ ...tensor, name: renamed(name) })
  }
  return result
}

function renamed(name: string): string {
  const rule = renames.find(([pattern]) => pattern.test(name))
  return rule ? name.replace(...rule) : name
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
    dtype: 'float32',
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

function transposed(name: string, tensor: CheckpointTensor): CheckpointTensor {
  const [rows, columns] = tensor.shape as [number, number]
  return {
    name,
    shape: [columns, rows],
    dtype: 'float32',
    offset: tensor.offset,
    async read(signal) {
      const values = toFloat32(await tensor.read(signal))
      const result = new Float32Array(elementCount(tensor.shape)) // [columns, rows]
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!
      }
      return result
    },
  }
}
