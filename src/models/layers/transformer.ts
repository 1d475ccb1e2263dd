/** The pre-norm transformer of both towers (open_clip's `Transformer` and `ResidualAttentionBlock`). */
import { add, mul, tidy, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { attention } from '../../ops/layers/attention'
import { gelu, quickGelu, tanhGelu } from '../../ops/layers/gelu'
import { linear } from '../../ops/layers/linear'
import { equalPart, splitLast } from '../../ops/pieces'
import type { DenseAttention } from './dense-attention'
import { applyLinear, applyNorm } from './layers'
import { scope, type ModelParameters, type Scope } from './scope'

/** The transformer of one tower. */
export interface Transformer {
  /** The prefix of its parameters' names, such as `visual.transformer.` */
  readonly prefix: string
  readonly layers: number
  readonly heads: number
  readonly activation: Activation
  readonly layerScale: boolean
  /** Epsilon of the layer norms; `undefined`: CLIP's. */
  readonly normEpsilon: number | undefined
}

/** An activation function of the MLPs. */
export type Activation = <T extends Tensor>(x: T) => T

/** The activation function of a tower. */
export function activationOf(quick: boolean, tower: { readonly tanhGelu?: boolean }): Activation {
  if (quick) return quickGelu
  return tower.tanhGelu ? tanhGelu : gelu
}

/** How a block differs from plain self-attention. */
export interface BlockOptions {
  /** Added to the attention scores; broadcasts to `[batch, heads, queries, keys]`. */
  readonly mask?: Tensor
  readonly mixing?: DenseAttention
  /** Selects the tokens to compute, `[batch, tokens, width] → [batch, chosen, width]`. They still attend to all tokens. */
  readonly choose?: (tokens: Tensor3D) => Tensor3D
}

/** All blocks except the last, in which a head can save work: `[batch, tokens, width] → [batch, tokens, width]`. */
export function blocksBeforeLast(parameters: ModelParameters, transformer: Transformer, x: Tensor3D, mask?: Tensor) {
  for (let i = 0; i < transformer.layers - 1; i++) x = block(parameters, transformer, i, x, { mask })
  return x
}

/** The last block: `[batch, tokens, width] → [batch, chosen tokens (default all), width]`. */
export function lastBlock(
  parameters: ModelParameters,
  transformer: Transformer,
  x: Tensor3D,
  options: BlockOptions = {},
): Tensor3D {
  return block(parameters, transformer, transformer.layers - 1, x, options)
}

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`, for the chosen tokens. */
function block(
  parameters: ModelParameters,
  { prefix, heads, activation, layerScale, normEpsilon }: Transformer,
  index: number,
  x: Tensor3D,
  options: BlockOptions,
): Tensor3D {
  const p = scope(parameters, `${prefix}resblocks.${index}.`)
  const { choose = keepAll } = options
  const scaled = (branch: Tensor3D, name: string) => (layerScale ? mul(branch, p(`${name}.gamma`)) : branch)
  return tidy(() => {
    // Intermediate results of a branch are freed before the next one starts, because they limit the batch size.
    const attended = tidy(() =>
      applyLinear(p, 'attn.out_proj', mixTokens(p, applyNorm(p, 'ln_1', x, normEpsilon), heads, options)),
    )
    const residual = add<Tensor3D>(choose(x), scaled(attended, 'ls_1')) // [batch, chosen, width]
    const transformed = tidy(() => mlp(p, applyNorm(p, 'ln_2', residual, normEpsilon), activation))
    return add(residual, scaled(transformed, 'ls_2'))
  })
}

/** `[batch, tokens, width] → [batch, tokens, width]` */
export function mlp(p: Scope, x: Tensor3D, activation: Activation): Tensor3D {
  const active = tidy(() => activation(applyLinear(p, 'mlp.c_fc', x))) // [batch, tokens, mlpWidth]
  return applyLinear(p, 'mlp.c_proj', active) // [batch, tokens, width]
}

/** Self-attention between the input and output projections: `[batch, tokens, width] → [batch, chosen, width]`. */
function mixTokens(p: Scope, x: Tensor3D, heads: number, options: BlockOptions): Tensor3D {
  const { mask, mixing = 'standard', choose = keepAll } = options
  switch (mixing) {
    case 'standard': {
      const [q, k, v] =
        choose === keepAll ? projectAll(p, x) : [project(p, choose(x), 0), project(p, x, 1), project(p, x, 2)]
      return attention(q, k, v, heads, mask)
    }
    case 'value':
      return project(p, choose(x), 2)
    case 'correlative': {
      const [q, k, v] = projectAll(p, x)
      // Attention is linear in its weights, so the weights can be added instead of the results.
      return add(attention(choose(q), q, v, heads, mask), attention(choose(k), k, v, heads, mask))
    }
  }
}

const keepAll = (tokens: Tensor3D) => tokens

/** Queries, keys and values: each `[batch, tokens, width]`. */
function projectAll(p: Scope, x: Tensor3D): [Tensor3D, Tensor3D, Tensor3D] {
  const qkv = linear(x, p('attn.in_proj_weight'), p<Tensor1D>('attn.in_proj_bias')) // [batch, tokens, 3 · width]
  return splitLast(qkv, 3) as [Tensor3D, Tensor3D, Tensor3D]
}

/** Only the queries (0), the keys (1) or the values (2): `[batch, tokens, width]`. */
export function project(p: Scope, x: Tensor3D, part: 0 | 1 | 2): Tensor3D {
  const weight = equalPart(p<Tensor2D>('attn.in_proj_weight'), part, 3) // [width, width]
  return linear(x, weight, equalPart(p<Tensor1D>('attn.in_proj_bias'), part, 3))
}
