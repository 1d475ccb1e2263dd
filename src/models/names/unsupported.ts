/** Identifies files of models other than CLIP models with two transformers. */

/** A kind of file: a pattern of tensor names that identifies it, a description, and what to use instead. */
interface Kind {
  readonly mark: RegExp
  /** A name that no file of this kind has. */
  readonly unless?: RegExp
  readonly what: string
  readonly needed: string
  /** Tensors of this kind change the results of a CLIP model in the same file. */
  readonly alters?: boolean
}

/** No parameter has a longer name, and no model has more parameters. Checking all names of a forged file would take long. */
const longestName = 512
const mostNames = 20_000

const mergeAdapter =
  "Load the model and the adapter in Python, merge them (PEFT: model.merge_and_unload()), and save the merged model's weights"
const openCLIPViT =
  "Only CLIP models whose image tower is a plain vision transformer are supported (in open_clip's names: ViT-B-16 and similar)"
const wholeCLIP = 'Load the file of a whole CLIP model instead'
const originalWeights = 'Load the original weights, from before quantization (float32, float16 or bfloat16)'

/** The first match is reported, so specific kinds come first. */
const kinds: readonly Kind[] = [
  // Adapters
  {
    mark: /(?:^|\.)(?:lora_(?:A|B|embedding_[AB]|magnitude_vector|up|down)|hada_w[12]_[ab]|lokr_w[12]|b?oft_[RrSs]|ia3_l|vera_lambda_[bd]|base_layer)(?:\.|_|$)|^base_model\.model\.|^lora_(?:unet|te\d?)_/,
    what: 'an adapter (LoRA or another kind of PEFT), or a model that contains one: it stores changes to the weights of another model',
    needed: mergeAdapter,
    alters: true,
  },
  {
    mark: /(?:^|\.)(?:prompt_learner|prompt_embeddings)\./,
    what: 'learned prompts for another model',
    needed: wholeCLIP,
  },
  {
    mark: /(?:^|\.)_?flat_param(?:_\d+)?$/,
    what: 'a shard of an FSDP run, in which all parameters are flattened into one',
    needed: 'Save a full state dict (StateDictType.FULL_STATE_DICT), or gather the shards in Python',
  },
  // Quantized weights
  {
    mark: /\.(?:SCB|absmax|nested_absmax|quant_map|quant_state(?:\..+)?|weight_format)$/,
    what: 'a model quantized by bitsandbytes',
    needed: originalWeights,
  },
  { mark: /\.(?:qweight|qzeros|g_idx)$/, what: 'a model quantized by GPTQ or AWQ', needed: originalWeights },
  {
    mark: /\.(?:_packed_params(?:\..+)?|weight_scale(?:_inv)?|weight_zero_point|input_scale)$/,
    what: 'a quantized model',
    needed: originalWeights,
  },
  {
    mark: /(?:^|\.)parametrizations\.|\.(?:weight|bias)_(?:orig|mask|g|v)$/,
    what: 'a model that uses pruning, weight norm or another PyTorch parametrization',
    needed:
      'Make it permanent in Python (torch.nn.utils.prune.remove, torch.nn.utils.parametrize.remove_parametrizations), then save the state_dict() again',
    alters: true,
  },
  // Relatives of CLIP that long-caption work compares with
  {
    mark: /(?:^|\.)(?:longtext|boxtext|dense_feature)_head\./,
    what: 'an FG-CLIP 2 model: its image tower takes patches of any number, and long texts have a head of their own',
    needed:
      'Support would need its budget of patches and both text heads. FG-CLIP 1 and SigLIP 2 at fixed resolution load',
    alters: true,
  },
  {
    mark: /^(?:vision|image)_encoder\.(?:register_tokens|mask_token|cls_token|blocks\.\d)|^(?:text_encoder\.)?temperature$/,
    what: 'a TIPS model, or one tower of it: its texts have sinusoidal positions and are averaged, and its images have two class tokens',
    needed: 'Support would need its towers and its SentencePiece tokenizer. ' + wholeCLIP,
  },
  {
    mark: /^image_encoder\.model\.|^text_encoder\.(?:embedding_layer|projection_layer|final_layer_norm|transformer\.\d)|(?:^|\.)visual\.trunk\.(?:stem|stages|final_conv)\./,
    what: 'a MobileCLIP model, or another CLIP model with a convolutional image tower (FastViT, ConvNeXt)',
    needed: 'Support would need convolutions with batch norm in the image tower. ' + wholeCLIP,
  },
  // Larger systems that contain a CLIP model or a part of one
  {
    mark: /^(?:model\.diffusion_model|cond_stage_model|first_stage_model|conditioner\.embedders)\.|^(?:down_blocks|up_blocks|mid_block)\.\d/,
    what: 'Stable Diffusion, or a part of it',
    needed:
      'Its text encoder alone is not a CLIP model: it has no projection to embeddings that can be compared with images. ' +
      wholeCLIP,
  },
  {
    mark: /(?:^|\.)(?:multi_modal_projector|mm_projector|vision_tower|language_model|qformer|Qformer)(?:\.|$)/,
    what: 'a language model with an image tower (such as LLaVA or BLIP-2)',
    needed: wholeCLIP,
  },
  {
    mark: /(?:^|\.)(?:text_decoder|visual\.attn_pool\.(?:query|ln_[qk])|text\.cls_emb)(?:\.|$)/,
    what: 'a CoCa model or a similar one: its image tower ends in an attentional pooler',
    needed: openCLIPViT,
  },
  {
    mark: /^(?:visual_encoder|vision_proj|text_proj|itm_head)\.|(?:^|\.)text_encoder\.(?:encoder|embeddings|bert)\./,
    what: 'a BLIP or ALBEF model',
    needed: openCLIPViT,
  },
  // CLIP models with other towers
  {
    mark: /^head\.probe$/,
    what: "one tower of Hugging Face's SiglipModel, saved without the names of the whole model",
    needed: 'Save the whole SiglipModel',
  },
  {
    mark: /(?:^|\.)(?:text\.transformer\.(?:embeddings|encoder|shared)|text_model\.(?:encoder\.layer\.\d|roberta|embeddings\.word_embeddings))\b/,
    what: 'a CLIP model whose text tower is a language model of Hugging Face (BERT, as in LoTLIP, RoBERTa, T5)',
    needed:
      "Support would need that language model and its tokenizer. Only models with CLIP's own text transformer are supported",
  },
  {
    mark: /(?:^|\.)visual\.(?:rope\.|blocks\.\d|patch_embed\.)|(?:^|\.)visual\.trunk\.(?:rope\.|blocks\.\d+\.attn\.(?:q_proj|inner_attn_ln)|blocks\.\d+\.mlp\.(?:w1|fc1_g))/,
    what: 'an EVA-CLIP model: its image tower is an EVA transformer',
    needed: openCLIPViT,
  },
  {
    mark: /(?:^|\.)visual\.trunk\./,
    unless: /(?:^|\.)visual\.trunk\.attn_pool\.latent$/, // SigLIP
    what: 'a CLIP model whose image tower comes from timm',
    needed: openCLIPViT,
  },
  {
    mark: /(?:^|\.)visual\.(?:layer[1-4]\.\d|attnpool\.)/,
    what: 'a CLIP model whose image tower is a ResNet (such as RN50)',
    needed: openCLIPViT,
  },
  // Parts of a CLIP model without its projections
  {
    mark: /^embeddings\.token_embedding\.weight$/,
    what: "Hugging Face's CLIPTextModel: a text tower without the projection to embeddings that can be compared with images",
    needed: 'Save a CLIPTextModelWithProjection or the whole CLIPModel',
  },
  {
    mark: /^embeddings\.class_embedding$/,
    what: "Hugging Face's CLIPVisionModel: an image tower without the projection to embeddings that can be compared with texts",
    needed: 'Save a CLIPVisionModelWithProjection or the whole CLIPModel',
  },
  // Other models
  {
    mark: /^(?:(?:model|module|backbone|encoder|student|teacher|vit|dinov2|base_model)\.)*(?:patch_embed\.proj|embeddings\.patch_embeddings\.projection)\.weight$/,
    what: 'an image model without a text tower (DINO, MAE or a plain vision transformer)',
    needed: wholeCLIP,
  },
  {
    mark: /(?:^|\.)(?:word_embeddings|wte|embed_tokens|lm_head)\.weight$/,
    what: 'a language model',
    needed: wholeCLIP,
  },
  {
    mark: /(?:^|\.)(?:exp_avg|exp_avg_sq|momentum_buffer)$/,
    what: "an optimizer's state",
    needed: "Load the file with the model's weights next to it",
  },
]

/**
 * Two sentences: what the file is, if a name identifies it, and what to use instead.
 * @param beside whether the names are next to a whole CLIP model: then only kinds that change its results are reported
 */
export function describeUnsupported(names: readonly string[], beside: readonly string[] = []): string | undefined {
  const has = (list: readonly string[], mark: RegExp) =>
    list.slice(0, mostNames).some((name) => name.length <= longestName && mark.test(name))
  const isMarked = (list: readonly string[], { mark, unless }: Kind) =>
    has(list, mark) && !(unless && has(list, unless))
  const kind = kinds.find((each) => isMarked(names, each) || (each.alters && isMarked(beside, each)))
  return kind && `it is ${kind.what}. ${kind.needed}.`
}
