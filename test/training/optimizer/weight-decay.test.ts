import { describe, expect, it } from 'vitest'
import { decays } from '../../../src/training/optimizer/weight-decay'

describe('weight decay', () => {
  it('excludes vectors, norms, biases and temperatures, as the reference does', () => {
    expect(decays('visual.proj', [768, 512])).toBe(true)
    expect(decays('positional_embedding', [77, 512])).toBe(true)
    expect(decays('visual.class_embedding', [768])).toBe(false)
    expect(decays('logit_scale', [])).toBe(false)
    expect(decays('transformer.resblocks.0.ln_1.weight', [512])).toBe(false)
    expect(decays('visual.ln_odd', [2, 2])).toBe(false)
  })
})
