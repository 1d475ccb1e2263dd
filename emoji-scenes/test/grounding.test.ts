import { beforeAll, describe, expect, it } from 'vitest'
import { measureGrounding } from '../comparison/grounding'
import { createIcons } from '../icons/icons'
import { drawTestScenes, type TestScene } from '../comparison/test-scenes'
import type { DreamLIP } from 'dreamlip'

const grid = 8
const patchCount = grid ** 2
/** Enough dimensions for one per kind of thing, and one more for backgrounds. */
const dimensions = 300

/** A model that knows for each patch and each sentence which direction they take. */
function oracle(
  scenes: readonly TestScene[],
  patchDirection: (scene: TestScene, patch: number) => number,
  sentenceDirection: (scene: TestScene, sentence: number) => number,
): DreamLIP {
  const rowsOf = (directions: readonly number[]) => {
    const data = new Float32Array(directions.length * dimensions)
    directions.forEach((direction, i) => (data[i * dimensions + direction] = 1))
    return data
  }
  const patches = scenes.flatMap((scene) => Array.from({ length: patchCount }, (_, p) => patchDirection(scene, p)))
  return {
    encodePatches: () =>
      Promise.resolve({ patches: { data: rowsOf(patches), shape: [scenes.length, patchCount, dimensions] } }),
    encodeText: (texts: readonly string[]) => {
      const scene = scenes.find(({ captions }) => captions.long[0]!.text === texts[0])!
      const directions = texts.map((_, sentence) => sentenceDirection(scene, sentence))
      return Promise.resolve({ data: rowsOf(directions), shape: [texts.length, dimensions] })
    },
  } as unknown as DreamLIP
}

describe('measureGrounding', () => {
  let scenes: TestScene[]
  beforeAll(async () => {
    const drawn = await drawTestScenes('held-out-styles', 30, 64, 0, createIcons())
    const firsts = drawn.map(({ captions }) => captions.long[0]!.text)
    scenes = drawn.filter((_, i) => firsts.indexOf(firsts[i]!) === i) // the oracle knows scenes by their first sentence
  })

  it('gives full marks for pointing to patches that know what they show', async () => {
    const middle = (index: number, length: number) => Math.floor(((index + 0.5) * length) / grid)
    const model = oracle(
      scenes,
      ({ mask }, patch) =>
        mask.data[middle(Math.floor(patch / grid), mask.height) * mask.width + middle(patch % grid, mask.width)]!,
      ({ captions }, sentence) => (captions.long[sentence]!.object ?? -1) + 1,
    )
    const { pointing, 'pointing by chance': chance } = await measureGrounding(model, scenes)
    expect(pointing).toBe(1)
    expect(chance).toBeGreaterThan(0.02)
    expect(chance).toBeLessThan(0.3)
  })

  it('exposes patches that answer every sentence in every picture', async () => {
    const model = oracle(
      scenes,
      (_, patch) => patch, // a codebook: the same in all pictures
      (_, sentence) => sentence,
    )
    const measures = await measureGrounding(model, scenes)
    expect(measures['own patches']).toBe(1)
    expect(measures['other patches']).toBe(1)
    expect(measures['pointing']).toBeLessThan(0.3)
  })
})
