import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIcons } from '../icons/icons'
import { kinds } from '../icons/kinds'
import { maskedImage, measure } from '../comparison/measure'
import { drawTestScenes, type TestScene } from '../comparison/test-scenes'
import { DreamLIP } from 'dreamlip'

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

  it('gives low scores to a model with random weights', async () => {
    const measures = await measure(model, 'held-out-emoji', scenes, icons)
    for (const [name, value] of Object.entries(measures)) {
      expect([name, value >= 0 && value < (name.endsWith('5') ? 0.7 : 0.4)]).toEqual([name, true])
    }
    expect(measures['mIoU']).toBeGreaterThan(0)
  })

  it('labels each pixel with its thing, even the last kind, and the background with none', () => {
    const [some] = scenes
    const last = kinds.length - 1
    const objects = [{ ...some!.scene.objects[0]!, kind: kinds[last]!.key }]
    const mask = { data: Uint8Array.of(0, 1, 1, 0), width: 2, height: 2, channels: 1 } as TestScene['mask']
    const masked = maskedImage({ ...some!, scene: { ...some!.scene, objects }, mask })
    expect(masked.mask).toEqual({ data: [last + 1, last, last, last + 1], shape: [2, 2] })
    expect(masked.candidates).toEqual([last])
  })
})
