/** The architecture of a CLIP model. */

/** The image tower: a transformer over square patches and, by default, a class token. */
export interface VisionConfig {
  /** Side of the square input in pixels. */
  readonly imageSize: number
  /** Side of a patch in pixels. */
  readonly patchSize: number
  readonly width: number
  readonly layers: number
  /** Width of one attention head; the tower has `width / headWidth` of them. */
  readonly headWidth: number
  /** Hidden width of the MLPs, as a multiple of `width`. */
  readonly mlpRatio: number
  /** Initial value of layer scale; `null`: no layer scale. */
  readonly layerScaleInit: number | null
  /**
   * Whether the image embedding comes from the class token, from the mean of the patches, or from an attention pool with a learned
   * query (`map`: SigLIP's multi-head attention pooling).
   */
  readonly pool: 'token' | 'average' | 'map'
  /** No layer norm before the first block. */
  readonly noLnPre: boolean
  /** `ln_post` is applied to the pooled vector instead of to the tokens. */
  readonly finalLnAfterPool: boolean
  /** The patches are the only tokens; default false. */
  readonly noClassToken?: boolean
  /** The convolution that embeds patches has a bias; default false. */
  readonly patchBias?: boolean
  /** The pooled vector is the embedding, without a projection; default false. */
  readonly noProjection?: boolean
  /** MLPs use GELU's approximation by tanh; default false. */
  readonly tanhGelu?: boolean
  /** The epsilon of layer norms; default 1e-5. */
  readonly normEpsilon?: number
}

/** The text tower: a transformer, by default causal and pooled at the end token. */
export interface TextConfig {
  /** Maximum tokens per text, including start and end token. */
  readonly contextLength: number
  readonly vocabularySize: number
  readonly width: number
  readonly heads: number
  readonly layers: number
  readonly mlpRatio: number
  readonly layerScaleInit: number | null
  /** Each token sees all tokens, including padding, instead of only the previous ones; default false. */
  readonly noCausalMask?: boolean
  /** The token that the text embedding comes from; default `end`, the token with the largest id. */
  readonly pool?: 'end' | 'last' | 'first'
  /** The pooled token is the embedding, without a projection; default false. */
  readonly noProjection?: boolean
  /** The projection into the embedding space is a linear layer with a bias; default false. */
  readonly projectionBias?: boolean
  /** The id that fills texts up to the context, where padding changes the embedding; default 0. */
  readonly padId?: number
  /** How texts are cleaned before the model's own `tokenizer.json` splits them; default: no cleaning. */
  readonly cleaning?: TextCleaning
  /** MLPs use GELU's approximation by tanh; default false. */
  readonly tanhGelu?: boolean
  /** The epsilon of layer norms; default 1e-5. */
  readonly normEpsilon?: number
}

/**
 * How texts are cleaned:
 * - `whitespace`: open_clip's default: mojibake and HTML entities are repaired, white space is collapsed;
 * - `lower`: the same, in lower case;
 * - `canonicalize`: the same, without ASCII punctuation (SigLIP in open_clip);
 * - `siglip`: lower case, no ASCII punctuation, collapsed white space, nothing repaired (SigLIP in transformers);
 * - `lower-only`: lower case and nothing else (SigLIP 2 in transformers).
 */
export type TextCleaning = 'whitespace' | 'lower' | 'canonicalize' | 'siglip' | 'lower-only'

/** A CLIP model: open_clip's config in camelCase, with every value given. */
export interface CLIPConfig {
  /** The family of the model, such as `flair`; left out for CLIP (docs/families.md). */
  readonly family?: string
  /** Width of the embeddings of images and texts. */
  readonly embedDim: number
  /** MLPs use `x · sigmoid(1.702 x)` (OpenAI's models) instead of exact GELU. */
  readonly quickGelu: boolean
  /** The initial value of `logit_bias`, in models that were trained with the sigmoid loss; default: they have no such parameter. */
  readonly logitBiasInit?: number
  readonly vision: VisionConfig
  readonly text: TextConfig
}

/** The names of the projections into the space that images and texts share. */
export function projectionNames({ family }: Pick<CLIPConfig, 'family'>): {
  readonly image: string
  readonly text: string
} {
  return family === 'flair'
    ? { image: 'image_post.proj', text: 'text_post.proj' }
    : { image: 'visual.proj', text: 'text_projection' }
}
