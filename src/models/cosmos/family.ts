/**
 * COSMOS (CVPR 2025; github.com/ExplainableML/cosmos): a CLIP model whose training adds cross-attention, token projections and a
 * temperature. Its checkpoints hold a `student` and a `teacher`.
 */
import { withoutTextPrefix } from '../clip/family'
import type { Family } from '../family'

/** The parts that only training uses. */
const unused =
  /^(?:(?:visual\.|text_|text\.)attn_cross_pool\.|(?:image|text|text\.text)_token_mapping\.|distill_logit_scale$)/

export const cosmos: Family = {
  layouts: [
    {
      name: 'cosmos',
      modules: ['text_attn_cross_pool', '(?:image|text)_token_mapping', 'distill_logit_scale'],
      unused,
      holds: (tensors) => [...tensors.keys()].some((name) => unused.test(name)),
      rename: withoutTextPrefix,
      quickGelu: false,
    },
  ],
}
