/** Small models with random weights, as files, for tests of folders. */
import { createRandom } from '../../../src/random'
import { createModel, saveSafetensors, type OpenCLIPConfig } from '../../../src/index.node.ts'
import type { HostTensor } from '../../../src/checkpoint/tensor'

export const tiny = {
  embed_dim: 16,
  vision_cfg: { image_size: 32, layers: 3, width: 32, head_width: 16, patch_size: 8, mlp_ratio: 2 },
  text_cfg: { context_length: 16, vocab_size: 60, width: 48, heads: 3, layers: 2, mlp_ratio: 3 },
} satisfies OpenCLIPConfig

export const siglip = {
  family: 'siglip',
  embed_dim: 32,
  init_logit_bias: -10,
  vision_cfg: {
    ...{ image_size: 32, layers: 2, width: 32, head_width: 16, patch_size: 8, mlp_ratio: 1.75, pool_type: 'map' },
    ...{ no_ln_pre: true, no_class_token: true, conv_bias: true, proj_type: 'none' },
    ...{ norm_kwargs: { eps: 1e-6 }, act_kwargs: { approximate: 'tanh' } },
  },
  text_cfg: {
    ...{ context_length: 9, vocab_size: 60, width: 48, heads: 3, layers: 2, mlp_ratio: 3 },
    ...{ no_causal_mask: true, pool_type: 'last', proj_bias: true, pad_id: 1 },
    ...{ norm_kwargs: { eps: 1e-6 }, act_kwargs: { approximate: 'tanh' } },
  },
} satisfies OpenCLIPConfig

/** Writes a model whose biases and norms are random too, in open_clip's layout, with or without its config. */
export async function writeModel(
  path: string,
  config: OpenCLIPConfig,
  { dtype = 'float32', more = {}, metadata = {} }: ModelFacts = {},
): Promise<void> {
  const random = createRandom(5)
  const tensors = new Map<string, HostTensor>()
  for (const [name, { data, shape }] of createModel(config, { seed: 2 }).parameters) {
    const values = shape.length === 1 ? data.map((value) => value + 0.1 * random.normal()) : data.map((v) => 2 * v)
    tensors.set(name, { data: name === 'logit_scale' ? data : values, shape, dtype })
  }
  for (const [name, shape] of Object.entries(more)) {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal())
    tensors.set(name, { data, shape: [...shape], dtype })
  }
  await saveSafetensors(path, tensors, { config: JSON.stringify(config), ...metadata })
}

interface ModelFacts {
  readonly dtype?: 'float32' | 'float16' | 'bfloat16'
  /** Shapes of further tensors, by their names. */
  readonly more?: Readonly<Record<string, readonly number[]>>
  readonly metadata?: Readonly<Record<string, string>>
}

/** Deterministic pixels: `[images, 3, size, size]`. */
export function somePixels(images: number, size: number) {
  const random = createRandom(11)
  const pixels = Float32Array.from({ length: images * 3 * size * size }, () => random.normal())
  return { pixels, shape: [images, 3, size, size] as [number, number, number, number] }
}
