/** Maps the names of Hugging Face's CLIPModel, which has separate query, key and value tensors and transposed projections. */
import { DreamLIPError } from '../../errors'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { stacked, transposed } from '../names/derived-tensors'

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
