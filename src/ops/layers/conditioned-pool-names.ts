/** The parameters and heads of FLAIR's attention pooling, without the tensor operations. */

/** The name of a parameter of the pool, below `visual_proj.` in FLAIR's `state_dict`. */
export type ConditionedPoolName =
  | `attn.${'in_proj_weight' | 'in_proj_bias' | 'out_proj.weight' | 'out_proj.bias'}`
  | `ln_${'q' | 'k' | 'v'}.${'weight' | 'bias'}`

/** All names. */
export const conditionedPoolNames: readonly ConditionedPoolName[] = [
  'attn.in_proj_weight',
  'attn.in_proj_bias',
  'attn.out_proj.weight',
  'attn.out_proj.bias',
  'ln_q.weight',
  'ln_q.bias',
  'ln_k.weight',
  'ln_k.bias',
  'ln_v.weight',
  'ln_v.bias',
]

/** The heads of FLAIR's `visual_proj`. */
export const conditionedPoolHeads = 8
