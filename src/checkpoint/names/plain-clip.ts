/** Recognises files that hold one whole CLIP by open_clip's own names, and nothing else. */
import type { CheckpointTensor } from '../tensor'
import type { NamedCLIP } from './names'

/** Names of plain CLIPs. Pruned token tables have ids too. */
const plainName =
  /^(?:visual\.(?:class_embedding|positional_embedding|proj2?|conv1\.weight|ln_(?:pre|post)\.(?:weight|bias))|(?:visual\.)?transformer\.resblocks\.\d+\.(?:ln_[12]\.(?:weight|bias)|attn\.(?:in_proj_|out_proj\.)(?:weight|bias)|mlp\.c_(?:fc|proj)\.(?:weight|bias)|ls_[12]\.gamma)|token_embedding\.(?:weight|ids)|positional_embedding|text_projection|ln_final\.(?:weight|bias)|logit_scale(?:_local)?|logit_bias)$/

/**
 * The CLIP of such a file, as `toOpenCLIPNames` gives it; `undefined` for any other file. With it, a page that loads such a file loads
 * neither the names of other layouts nor the marks of other models.
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
