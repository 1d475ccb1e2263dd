/** Attention pooling of patches by one learned query: SigLIP's multi-head attention pooling (MAP, arXiv 2106.04560, appendix). */
import { add, tidy, tile, type Tensor3D } from '@tensorflow/tfjs-core'
import { attention } from '../../ops/layers/attention'
import type { CLIPConfig } from '../config/config'
import { applyLinear, applyNorm } from './layers'
import { scope, type ModelParameters, type Scope } from './scope'
import { activationOf, mlp, project } from './transformer'

const prefix = 'visual.attn_pool.'

/** `[batch, tokens, width] → [batch, 1, width]`: the query attends to all tokens, then a residual MLP follows. */
export function attentionPool(parameters: ModelParameters, tokens: Tensor3D, config: CLIPConfig): Tensor3D {
  const p = scope(parameters, prefix)
  const { width, headWidth } = config.vision
  return tidy(() => {
    const query = project(p, p<Tensor3D>('probe'), 0) // [1, 1, width]
    const queries = tile(query, [tokens.shape[0], 1, 1]) // [batch, 1, width]
    const mixed = attention(queries, project(p, tokens, 1), project(p, tokens, 2), width / headWidth) // [batch, 1, width]
    return afterAttention(p, mixed, config)
  })
}

/**
 * The pool's result for each token if the query attended to it alone: `[batch, tokens, width] → [batch, tokens, width]`.
 * This puts patches into the space of the image embeddings (MaskCLIP's idea, arXiv 2112.01071, for this kind of pool).
 */
export function poolEachToken(parameters: ModelParameters, tokens: Tensor3D, config: CLIPConfig): Tensor3D {
  const p = scope(parameters, prefix)
  return tidy(() => afterAttention(p, project(p, tokens, 2), config))
}

/** The output projection and the residual MLP: `[batch, tokens, width] → [batch, tokens, width]`. */
function afterAttention(p: Scope, mixed: Tensor3D, { quickGelu, vision }: CLIPConfig): Tensor3D {
  const pooled = applyLinear(p, 'attn.out_proj', mixed)
  return add(pooled, mlp(p, applyNorm(p, 'ln', pooled, vision.normEpsilon), activationOf(quickGelu, vision)))
}
