/** Recognises files that contain one whole CLIP model under open_clip's own names, and nothing else. */
import type { CheckpointTensor } from '../../checkpoint/tensor'
import type { NamedCLIP } from './names'

/** Names in plain CLIP models. Pruned token tables also have ids. */
const plainName =
  /^(?:visual\.(?:class_embedding|positional_embedding|proj2?|conv1\.weight|ln_(?:pre|post)\.(?:weight|bias))|(?:visual\.)?transformer\.resblocks\.\d+\.(?:ln_[12]\.(?:weight|bias)|attn\.(?:in_proj_|out_proj\.)(?:weight|bias)|mlp\.c_(?:fc|proj)\.(?:weight|bias)|ls_[12]\.gamma)|token_embedding\.(?:weight|ids)|positional_embedding|text_projection|ln_final\.(?:weight|bias)|logit_scale(?:_local)?|logit_bias)$/

/**
 * The CLIP model of such a file, as `toOpenCLIPNames` returns it; `undefined` for any other file. For such a file, a page loads
 * neither the names of other layouts nor the rules that recognise other models.
 */
export function plainCLIP(tensors: ReadonlyMap<string, CheckpointTensor>): NamedCLIP | undefined {
  const isWhole = tensors.has('visual.conv1.weight') && tensors.has('token_embedding.weight')
  if (!isWhole || ![...tensors.keys()].every((name) => plainName.test(name))) return undefined
  return {
    tensors: new Map(tensors),
    layout: 'open_clip',
    prefix: '',
    ignored: [],
    others: [],
    towers: ['image', 'text'],
  }
}
