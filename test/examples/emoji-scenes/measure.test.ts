import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIcons } from '../../../examples/emoji-scenes/icons'
import { drawTestScenes, measure, type TestScene } from '../../../examples/emoji-scenes/measure'
import { DreamLIP } from '../../../src/index'

const icons = createIcons()
const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 32, layers: 1, width: 64, patch_size: 8 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
}

describe('measure', () => {
  let model: DreamLIP
  let scenes: TestScene[]
  beforeAll(async () => {
    model = await DreamLIP.create(config, { seed: 1 })
    scenes = await drawTestScenes('held-out-emoji', 20, 32, 0, icons)
  })
  afterAll(() => model.dispose())

  it('says of a model that knows nothing that it knows next to nothing', async () => {
    const measures = await measure(model, 'held-out-emoji', scenes, icons)
    for (const [name, value] of Object.entries(measures)) {
      expect([name, value >= 0 && value < (name.endsWith('5') ? 0.7 : 0.4)]).toEqual([name, true])
    }
    expect(measures['mIoU']).toBeGreaterThan(0)
  })
})
