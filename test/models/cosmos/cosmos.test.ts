/** COSMOS loads as a CLIP model; the parts that only its training uses are reported once. */
import { describe, expect, it } from 'vitest'
import { DreamLIP, pyTorchBlob, safetensorsBlob, type OpenCLIPConfig } from '../../../src/index'
import { parseConfig } from '../../../src/models/config/config'
import { patternWeights } from '../pattern'
import { largestDifference } from '../../ops/compare'

const config: OpenCLIPConfig = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 8, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
}
const weights = new Map(
  [...patternWeights(parseConfig(config))].map(([name, value]) => [name, { ...value, dtype: 'float32' as const }]),
)
const zeros = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((size, side) => size * side, 1)),
  shape,
  dtype: 'float32' as const,
})
const training = new Map([
  ['visual.attn_cross_pool.attn.in_proj_weight', zeros(48, 16)],
  ['visual.attn_cross_pool.ln_q.weight', zeros(16)],
  ['text_attn_cross_pool.attn.out_proj.bias', zeros(16)],
  ['image_token_mapping.weight', zeros(16, 64)],
  ['text_token_mapping.bias', zeros(16)],
  ['distill_logit_scale', zeros()],
])
const texts = ['a cat', 'two dogs']

async function loaded(file: Blob, options: object = {}) {
  const warnings: string[] = []
  const model = await DreamLIP.load(file, { ...options, onWarning: (text) => warnings.push(text) })
  const embeddings = await model.encodeText(texts)
  const { config: found } = model
  model.dispose()
  return { warnings, embeddings, found }
}

describe('a COSMOS file', () => {
  it('gives the embeddings of its CLIP model, with one warning about what was left out', async () => {
    const plain = await loaded(safetensorsBlob(weights), { config })
    const { warnings, embeddings, found } = await loaded(safetensorsBlob(new Map([...weights, ...training])))
    expect(found).toEqual(parseConfig(config))
    expect(largestDifference(embeddings.data, plain.embeddings.data)).toBe(0)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('left out: 6 tensors outside the CLIP model: ')
    for (const name of training.keys()) expect(warnings[0]).toContain(name)
    expect(warnings[0]).not.toContain('activation')
  })

  it("gives the student of a training checkpoint, or the teacher with { weights: 'teacher' }", async () => {
    const teacher = new Map(
      [...weights].map(([name, { data, ...rest }]) => [name, { ...rest, data: data.map((x) => -x) }]),
    )
    const dict = (tensors: typeof weights) =>
      Object.fromEntries([...tensors, ...training].map(([name, value]) => [`module.${name}`, value]))
    const file = pyTorchBlob({ epoch: 3, student: dict(weights), teacher: dict(teacher), name: 'cosmos' } as never)
    const student = await loaded(file)
    expect(student.warnings[0]).toContain("those under 'student'; the file also contains 'teacher'")
    const plain = await loaded(safetensorsBlob(weights), { config })
    expect(largestDifference(student.embeddings.data, plain.embeddings.data)).toBe(0)
    const other = await loaded(file, { weights: 'teacher' })
    expect(largestDifference(other.embeddings.data, plain.embeddings.data)).toBeGreaterThan(0)
  })
})
