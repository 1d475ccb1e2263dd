/** The names in Hugging Face's CLIPModel and in open_clip for the same tensors. */

/** `[Hugging Face's, open_clip's]` */
export type NamePairs = readonly (readonly [string, string])[]

/** The names of the weight and the bias of a layer. */
export function weightAndBias(theirs: string, ours: string): NamePairs {
  return ['weight', 'bias'].map((kind) => [`${theirs}.${kind}`, `${ours}.${kind}`] as const)
}

/** Tensors outside the blocks that only differ in name. */
export const tensorNames: NamePairs = [
  ['vision_model.embeddings.class_embedding', 'visual.class_embedding'],
  ['vision_model.embeddings.patch_embedding.weight', 'visual.conv1.weight'],
  ['vision_model.embeddings.position_embedding.weight', 'visual.positional_embedding'],
  ...weightAndBias('vision_model.pre_layrnorm', 'visual.ln_pre'),
  ...weightAndBias('vision_model.post_layernorm', 'visual.ln_post'),
  ['text_model.embeddings.token_embedding.weight', 'token_embedding.weight'],
  ['text_model.embeddings.position_embedding.weight', 'positional_embedding'],
  ...weightAndBias('text_model.final_layer_norm', 'ln_final'),
  ['logit_scale', 'logit_scale'],
]

/** Parts of a block that only differ in name. */
export const blockNames: NamePairs = [
  ['layer_norm1', 'ln_1'],
  ['layer_norm2', 'ln_2'],
  ['mlp.fc1', 'mlp.c_fc'],
  ['mlp.fc2', 'mlp.c_proj'],
  ['self_attn.out_proj', 'attn.out_proj'],
]

/** Matrices that are transposed in Hugging Face's models. */
export const transposedNames: NamePairs = [
  ['visual_projection.weight', 'visual.proj'],
  ['text_projection.weight', 'text_projection'],
]
