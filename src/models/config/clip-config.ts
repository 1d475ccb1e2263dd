/** The architecture of a CLIP model. */

/** The image tower: a transformer over square patches and a class token. */
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
  /** Whether the image embedding comes from the class token or from the mean of the patches. */
  readonly pool: 'token' | 'average'
  /** No layer norm before the first block. */
  readonly noLnPre: boolean
  /** `ln_post` is applied to the pooled vector instead of to the tokens. */
  readonly finalLnAfterPool: boolean
}

/** The text tower: a causal transformer, pooled at the end token. */
export interface TextConfig {
  /** The most tokens of a text, including start and end token. */
  readonly contextLength: number
  readonly vocabularySize: number
  readonly width: number
  readonly heads: number
  readonly layers: number
  readonly mlpRatio: number
  readonly layerScaleInit: number | null
}

/** A CLIP model: open_clip's config in camelCase, with every value given. */
export interface CLIPConfig {
  /** The family of the model, such as `flair`; left out for CLIP (docs/families.md). */
  readonly family?: string
  /** Width of the embeddings of images and texts. */
  readonly embedDim: number
  /** MLPs use `x · sigmoid(1.702 x)` (OpenAI's models) instead of exact GELU. */
  readonly quickGelu: boolean
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
