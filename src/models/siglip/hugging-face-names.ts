/** The names of Hugging Face's SiglipModel for tensors that CLIPModel does not have, and the package's own. */
import { weightAndBias, type NamePairs } from '../clip/hugging-face-names'

/** `[Hugging Face's, the package's]` */
export const siglipTensorNames: NamePairs = [
  ['vision_model.embeddings.patch_embedding.bias', 'visual.conv1.bias'],
  ['vision_model.head.probe', 'visual.attn_pool.probe'],
  ['vision_model.head.attention.in_proj_weight', 'visual.attn_pool.attn.in_proj_weight'],
  ['vision_model.head.attention.in_proj_bias', 'visual.attn_pool.attn.in_proj_bias'],
  ...weightAndBias('vision_model.head.attention.out_proj', 'visual.attn_pool.attn.out_proj'),
  ...weightAndBias('vision_model.head.layernorm', 'visual.attn_pool.ln'),
  ...weightAndBias('vision_model.head.mlp.fc1', 'visual.attn_pool.mlp.c_fc'),
  ...weightAndBias('vision_model.head.mlp.fc2', 'visual.attn_pool.mlp.c_proj'),
  ...weightAndBias('text_model.head', 'text_projection'),
  ['logit_bias', 'logit_bias'],
]
