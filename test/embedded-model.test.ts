/** The model inside the package: it is small, complete, and good enough for its purpose. */
import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { labelOf } from 'emoji-scenes/captions/captions'
import { drawScene } from 'emoji-scenes/scenes/draw'
import { measureGrounding } from 'emoji-scenes/comparison/grounding'
import { pointsInBoxes } from 'emoji-scenes/comparison/pointing'
import { createIcons } from 'emoji-scenes/icons/icons'
import { kinds, trainKinds } from 'emoji-scenes/icons/kinds'
import { sampleOf } from 'emoji-scenes/data-set/samples'
import { singleEmoji } from 'emoji-scenes/scenes/scene'
import { iconsOf, heldOutStyles } from 'emoji-scenes/icons/styles'
import { drawTestScenes } from 'emoji-scenes/comparison/test-scenes'
import { DreamLIP, evaluateClassification, evaluateRetrieval, readCheckpoint } from '../src/index'

const path = 'assets/emoji-scenes.safetensors'
const { tensors, metadata, close } = await readCheckpoint(path)
await close()

describe('the model inside the package', () => {
  it('is at most 10 MB, in 8-bit integers and with a pruned token table, and describes itself', () => {
    expect(statSync(path).size).toBeLessThanOrEqual(10_000_000)
    const matrices = [...tensors.values()].filter(({ name, shape }) => shape.length > 1 && !name.includes('positional'))
    expect(new Set(matrices.map(({ dtype }) => dtype))).toEqual(new Set(['int8']))
    expect(tensors.get('token_embedding.ids')!.shape[0]).toBeLessThan(5000)
    expect(metadata).toMatchObject({ license: 'Apache-2.0', card: 'docs/emoji-scenes-model.md' })
  })

  it('is loaded by load() without an argument, or with only options', async () => {
    const named = await DreamLIP.load(path)
    for (const model of [await DreamLIP.load(), await DreamLIP.load(undefined, { device: 'cpu' })]) {
      expect(model.config).toEqual(named.config)
      expect(model.attention).toBe(named.attention)
      const [actual, expected] = [await model.encodeText('a red heart'), await named.encodeText('a red heart')]
      expect(actual.data).toEqual(expected.data)
      model.dispose()
    }
    named.dispose()
  })
})

// The limits are far below the numbers in the model card, and far above chance.
describe('of emoji that it has never seen, the model inside the package', () => {
  const icons = createIcons()

  it('names drawings of other artists (chance: 0.4 % and 2 %)', async () => {
    const model = await DreamLIP.load()
    const chosen = trainKinds.filter((_, i) => i % 2 === 0)
    const samples = await Promise.all(
      chosen.flatMap((kind) =>
        heldOutStyles.flatMap((style) =>
          iconsOf(style, kind)
            .slice(0, 1)
            .map(async (code) => {
              const scene = singleEmoji({ kind: kind.key, style, code })
              const { image } = await drawScene(scene, model.config.vision.imageSize, icons)
              return { image, label: labelOf(scene.objects[0]!) }
            }),
        ),
      ),
    )
    const labels = kinds.map(({ names }) => names[0].text)
    const { top1, top5 } = await evaluateClassification(model, samples, labels, { templates: ['a {}', 'the {}'] })
    model.dispose()
    expect(samples.length).toBeGreaterThan(150)
    expect(top1).toBeGreaterThan(0.5)
    expect(top5).toBeGreaterThan(0.75)
  })

  it('finds scenes by their captions (chance: 10 % among the first five)', async () => {
    const model = await DreamLIP.load()
    const samples = await Promise.all(
      Array.from({ length: 50 }, async (_, number) => {
        const { scene, captions } = sampleOf({ seed: 9, split: 'held-out-styles', number })
        const { image } = await drawScene(scene, model.config.vision.imageSize, icons)
        return { image, captions: [captions.short] }
      }),
    )
    const { textToImage, imageToText } = await evaluateRetrieval(model, samples, { at: [5] })
    model.dispose()
    expect(textToImage[5]).toBeGreaterThan(0.8)
    expect(imageToText[5]).toBeGreaterThan(0.8)
  })

  it('points at what sentences describe (chance: about 10 %)', async () => {
    const model = await DreamLIP.load()
    const scenes = await drawTestScenes('held-out-styles', 60, model.config.vision.imageSize, 9, icons)
    const { pointing, 'pointing by chance': chance } = await measureGrounding(model, scenes)
    const inBoxes = await pointsInBoxes(model, scenes)
    model.dispose()
    expect(pointing).toBeGreaterThan(4.5 * chance!)
    expect(inBoxes).toBeGreaterThan(0.7)
  })
})
