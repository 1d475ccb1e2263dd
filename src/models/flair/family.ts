/**
 * FLAIR (CVPR 2025; github.com/ExplainableML/flair): CLIP's towers with other heads, and a pool that sums an image's patches for
 * each text.
 */
import { clipParameters } from '../clip/parameters'
import { conditionedPoolHeads } from '../../ops/layers/conditioned-pool-names'
import { invalidConfig } from '../config/check-config'
import { projectionNames, type CLIPConfig } from '../config/clip-config'
import type { Family } from '../family'
import { constant, layerNormSpecs, linearDefault, uniform, type ParameterSpec } from '../layers/initial-values'

const mark = 'visual_proj.attn.in_proj_weight'

export const flair: Family = {
  layouts: [
    {
      name: 'flair',
      names: /^(?:(?:image|text)_post\.proj|visual_proj\.(?:attn|ln_[qkv])\..+)$/,
      modules: ['image_post', 'text_post', 'visual_proj'],
      holds: (tensors) => tensors.has(mark),
      rename: (tensors) => new Map(tensors),
      quickGelu: false,
    },
  ],
  model: {
    mark,
    parameters,
    pairs: () => import('./pairs'),
  },
}

/** CLIP's parameters in FLAIR's order: the projections come last, under FLAIR's names, and the pool follows the image tower. */
function parameters(config: CLIPConfig): ParameterSpec[] {
  const { embedDim } = config
  if (embedDim % conditionedPoolHeads !== 0) {
    throw invalidConfig([`embedDim: the ${conditionedPoolHeads} heads of FLAIR's pool do not divide ${embedDim}`])
  }
  const clip = clipParameters(config)
  const named = projectionNames(config)
  const renamed = (from: string, name: string) => ({ ...clip.find((spec) => spec.name === from)!, name })
  const others = clip.flatMap((spec): ParameterSpec[] => {
    if (spec.name === 'visual.proj' || spec.name === 'text_projection') return []
    if (spec.name === 'logit_scale') return [{ ...spec, initialize: constant(Math.log(10)) }, logitBias]
    return spec.name === 'visual.ln_post.bias' ? [spec, ...poolParameters(embedDim)] : [spec]
  })
  return [...others, renamed('visual.proj', named.image), renamed('text_projection', named.text)]
}

const logitBias: ParameterSpec = { name: 'logit_bias', shape: [], initialize: constant(-10) }

/** `nn.MultiheadAttention` and three layer norms, with PyTorch's initial values. */
function poolParameters(width: number): ParameterSpec[] {
  const attn = 'visual_proj.attn'
  return [
    { name: mark, shape: [3 * width, width], initialize: uniform(Math.sqrt(6 / (4 * width))) },
    { name: `${attn}.in_proj_bias`, shape: [3 * width], initialize: constant(0) },
    { name: `${attn}.out_proj.weight`, shape: [width, width], initialize: linearDefault(width) },
    { name: `${attn}.out_proj.bias`, shape: [width], initialize: constant(0) },
    ...['ln_q', 'ln_k', 'ln_v'].flatMap((norm) => layerNormSpecs(`visual_proj.${norm}`, width)),
  ]
}
