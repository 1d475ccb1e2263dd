import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/index'

describe('a checkpoint of Hugging Face’s CLIPModel', () => {
  it('gives the embeddings that transformers gives, to 1e-5', async () => {
    const golden = JSON.parse(readFileSync('test/fixtures/models/hugging-face.json', 'utf8')) as {
      pixels: number[]
      tokens: number[][]
      image_features: number[][]
      text_features: number[][]
      logit_scale: number
    }
    const model = await DreamLIP.load('test/fixtures/models/hugging-face.safetensors')
    const images = await model.encodeImage({ pixels: Float32Array.from(golden.pixels), shape: [2, 3, 16, 16] })
    const texts = await model.encodeText({ tokens: golden.tokens })
    expect(model.config.quickGelu).toBe(true)
    expect(model.logitScale).toBeCloseTo(golden.logit_scale, 2)
    golden.image_features.flat().forEach((value, i) => expect(Math.abs(value - images.data[i]!)).toBeLessThan(1e-5))
    golden.text_features.flat().forEach((value, i) => expect(Math.abs(value - texts.data[i]!)).toBeLessThan(1e-5))
    model.dispose()
  })
})

describe.each(['mini', 'mini-quickgelu'])('the reference’s checkpoint %s', (name) => {
  it('gives its features to 1e-5 through DreamLIP too', async () => {
    const golden = JSON.parse(readFileSync(`test/fixtures/models/${name}.json`, 'utf8')) as Record<string, never> & {
      pixels: { data: number[]; shape: [number, number, number, number] }
      patch_tokens: { data: number[] }
      image_features: { data: number[] }
      text_features: { data: number[] }
      tokens: number[][]
    }
    const model = await DreamLIP.load(`test/fixtures/models/${name}.pt`, { config: golden['config'] })
    const { image, patches } = await model.encodePatches({
      pixels: Float32Array.from(golden.pixels.data),
      shape: golden.pixels.shape,
    })
    const unit = await model.encodeImage({ pixels: Float32Array.from(golden.pixels.data), shape: golden.pixels.shape })
    const texts = await model.encodeText({ tokens: golden.tokens })
    expect(image.shape).toEqual([2, 24])
    golden.patch_tokens.data.forEach((value, i) => expect(Math.abs(value - patches.data[i]!)).toBeLessThan(1e-5))
    golden.image_features.data.forEach((value, i) => expect(Math.abs(value - unit.data[i]!)).toBeLessThan(1e-5))
    golden.text_features.data.forEach((value, i) => expect(Math.abs(value - texts.data[i]!)).toBeLessThan(1e-5))
    await expect(model.encodeText('a cat')).rejects.toThrow(/vocabulary of 600, not CLIP's/)
    model.dispose()
  })
})
