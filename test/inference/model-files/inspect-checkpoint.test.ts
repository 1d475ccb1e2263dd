import { describe, expect, it } from 'vitest'
import { DreamLIP, inspectCheckpoint, safetensorsBlob, toOpenCLIPConfig } from '../../../src/index'

const config = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
}

describe('inspectCheckpoint', () => {
  it('describes the model in a file without reading its weights', async () => {
    const model = await DreamLIP.create(config, { device: 'cpu' })
    const blob = await model.toBlob()
    const facts = await inspectCheckpoint(blob)
    expect(facts).toMatchObject({ format: 'safetensors', configFrom: 'file', byteLength: blob.size, assumptions: [] })
    expect(facts.config).toEqual(toOpenCLIPConfig(model.config))
    expect(facts.problem).toBeUndefined()
    expect(facts.bytesRead).toBeLessThan(blob.size / 10)
    expect(facts.parameters.text).toBeGreaterThan(49408 * 8)
    expect(facts.parameters.total).toBe(facts.parameters.vision + facts.parameters.text + facts.parameters.other)
    model.dispose()
  })

  it('gives the reason if the file is not a model', async () => {
    const tensor = { data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' as const }
    const facts = await inspectCheckpoint(safetensorsBlob({ 'layer.weight': tensor }))
    expect(facts.problem?.code).toBe('CHECKPOINT_MISMATCH')
    expect(facts.config).toBeUndefined()
    expect(facts.tensors).toEqual([{ name: 'layer.weight', shape: [2], dtype: 'float32' }])
  })
})
