/** Small random models created by Python: images, texts and scores equal those of transformers and open_clip. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, type LoadOptions } from '../../src/index.node.ts'
import { largestDifference } from '../ops/compare'
import { pythonHas, runPythonFile } from '../parity/python'

interface Expected {
  readonly pixels: number[]
  readonly tokens: number[][]
  readonly image: number[]
  readonly text: number[]
  readonly logits: number[]
  /** FG-CLIP's short texts. */
  readonly short?: number[]
}

const runtimes = [
  { device: 'cpu', runtime: 'compiled' },
  { device: 'wasm', runtime: 'eager' },
] as const

/** Models whose context is longer than CLIP's, and the context in their files. */
const contexts: Readonly<Record<string, number>> = { 'long-clip': 248, 'fg-clip': 248 }

describe.skipIf(!pythonHas('torch', 'transformers', 'safetensors'))('models made by Python', () => {
  const root = mkdtempSync(join(tmpdir(), 'dreamlip-live-models-'))
  beforeAll(() => void runPythonFile('test/parity/live-models.py', [root]), 300_000)
  afterAll(() => rmSync(root, { recursive: true }))

  const expectedOf = (name: string) => JSON.parse(readFileSync(join(root, name, 'expected.json'), 'utf8')) as Expected
  const warnings: string[] = []
  const load = (name: string, options: LoadOptions) =>
    DreamLIP.load(join(root, name), { ...options, onWarning: (message) => warnings.push(message) })

  it.each(runtimes)(
    'gives image, text and logits to 1e-5 on $device, $runtime',
    { timeout: 120_000 },
    async (where) => {
      const names = readdirSync(root)
      expect(names).toHaveLength(14)
      for (const name of names) {
        const { pixels, tokens, image, text, logits } = expectedOf(name)
        const model = await load(name, where)
        const images = await model.encodeImage({ pixels: Float32Array.from(pixels), shape: [2, 3, 16, 16] })
        const texts = await model.encodeText({ tokens })
        const cosines = await model.similarity(images, texts)
        const bias = (await model.parameters.get('logit_bias')?.read())?.[0] ?? 0
        const scores = cosines.data.map((cosine) => model.logitScale * cosine + bias)
        const differences = [largestDifference(images.data, image), largestDifference(texts.data, text)]
        expect(Math.max(...differences, largestDifference(scores, logits)), name).toBeLessThan(1e-5)
        expect(model.config.text.contextLength, name).toBe(contexts[name] ?? 12)
        model.dispose()
      }
    },
  )

  it('names what FG-CLIP uses only in training, once', async () => {
    warnings.length = 0
    const model = await load('fg-clip', { device: 'cpu' })
    expect(model.assumptions.join()).toMatch(/left out: 2 tensors .*logit_scale_finegraind, logit_scale_hardneg/)
    expect(warnings).toHaveLength(1)
    model.dispose()
  })

  it('embeds texts as FG-CLIP does short ones, with a context of 77', async () => {
    const { tokens, short } = expectedOf('fg-clip')
    const model = await load('fg-clip', { device: 'cpu', contextLength: 77 })
    expect(model.config.text.contextLength).toBe(77)
    const texts = await model.encodeText({ tokens: tokens.slice(0, -1) })
    expect(largestDifference(texts.data, short!)).toBeLessThan(1e-5)
    model.dispose()
  })

  it('keeps the positions of Long-CLIP when it is saved and loaded again, and its first ones for a shorter context', async () => {
    const { tokens, text } = expectedOf('long-clip')
    const model = await load('long-clip', { device: 'cpu' })
    const again = await DreamLIP.load(await model.toBlob(), { device: 'cpu' })
    expect(again.config.text.contextLength).toBe(248)
    expect(largestDifference((await again.encodeText({ tokens })).data, text)).toBeLessThan(1e-5)
    const short = await load('long-clip', { device: 'cpu', contextLength: 30 })
    const texts = await short.encodeText({ tokens: tokens.slice(0, 3) })
    expect(largestDifference(texts.data, text.slice(0, texts.data.length))).toBeLessThan(1e-5)
    for (const each of [model, again, short]) each.dispose()
  })
})
