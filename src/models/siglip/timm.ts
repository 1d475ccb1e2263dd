/** Maps the names of open_clip's CLIP models with an image tower of timm (`visual.trunk.*`): SigLIP's vision transformers. */
import { DreamLIPError } from '../../errors'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { reshaped, stacked } from '../names/derived-tensors'

const trunk = 'visual.trunk.'

/** Tensors that only differ in name, by the part after `visual.trunk.`; `$1` and `$2` are a block's number or the kind of parameter. */
const renames: readonly (readonly [RegExp, string])[] = [
  [/^patch_embed\.proj\.(weight|bias)$/, 'conv1.$1'],
  [/^norm\.(weight|bias)$/, 'ln_post.$1'],
  [/^blocks\.(\d+)\.norm([12])\.(weight|bias)$/, 'transformer.resblocks.$1.ln_$2.$3'],
  [/^blocks\.(\d+)\.attn\.qkv\.(weight|bias)$/, 'transformer.resblocks.$1.attn.in_proj_$2'],
  [/^blocks\.(\d+)\.attn\.proj\.(weight|bias)$/, 'transformer.resblocks.$1.attn.out_proj.$2'],
  [/^blocks\.(\d+)\.mlp\.fc1\.(weight|bias)$/, 'transformer.resblocks.$1.mlp.c_fc.$2'],
  [/^blocks\.(\d+)\.mlp\.fc2\.(weight|bias)$/, 'transformer.resblocks.$1.mlp.c_proj.$2'],
  [/^attn_pool\.latent$/, 'attn_pool.probe'],
  [/^attn_pool\.proj\.(weight|bias)$/, 'attn_pool.attn.out_proj.$1'],
  [/^attn_pool\.norm\.(weight|bias)$/, 'attn_pool.ln.$1'],
  [/^attn_pool\.mlp\.fc1\.(weight|bias)$/, 'attn_pool.mlp.c_fc.$1'],
  [/^attn_pool\.mlp\.fc2\.(weight|bias)$/, 'attn_pool.mlp.c_proj.$1'],
]

/** Whether names belong to a model with a timm tower. */
export function hasTimmTower(names: Iterable<string>): boolean {
  for (const name of names) if (name.startsWith(trunk)) return true
  return false
}

/** The image tower's tensors by open_clip's own names. Text tower names are kept. @throws DreamLIPError `CHECKPOINT_MISMATCH` */
export function timmToOpenCLIP(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  const result = new Map<string, CheckpointTensor>()
  for (const [name, tensor] of tensors) {
    const named = name.startsWith(trunk) ? visionTensor(tensors, tensor, name.slice(trunk.length)) : tensor
    if (named) result.set(named.name, named)
  }
  return result
}

/** `undefined` for a tensor that is part of another one. */
function visionTensor(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  tensor: CheckpointTensor,
  inner: string,
): CheckpointTensor | undefined {
  if (inner === 'pos_embed') return reshaped('visual.positional_embedding', tensor, tensor.shape.slice(1)) // [tokens, width]
  const [, part, kind] = /^attn_pool\.(q|kv)\.(weight|bias)$/.exec(inner) ?? []
  if (part === 'kv') return undefined
  if (part === 'q') {
    const keysAndValues = tensors.get(`${trunk}attn_pool.kv.${kind}`)
    if (!keysAndValues) {
      throw new DreamLIPError(
        'CHECKPOINT_MISMATCH',
        `${tensor.name}: expected ${trunk}attn_pool.kv.${kind} with it; there is none. The file is incomplete.`,
      )
    }
    return stacked(`visual.attn_pool.attn.in_proj_${kind}`, [tensor, keysAndValues])
  }
  const rule = renames.find(([pattern]) => pattern.test(inner))
  return { ...tensor, name: rule ? `visual.${inner.replace(...rule)}` : tensor.name }
}
