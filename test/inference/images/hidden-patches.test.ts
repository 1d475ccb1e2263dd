/** Patch tokens inside the image tower: equal to transformers' hidden states, and correct in a LLaVA. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { convertCheckpoint, DreamLIP } from '../../../src/index.node.ts'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPython } from '../../parity/python'
import { somePixels, tiny, writeModel } from '../model-folders/made-models'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-hidden-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'model.safetensors')
const config = { ...tiny, quick_gelu: true }
await writeModel(file, config)
const images = somePixels(3, 32)
const model = await DreamLIP.load(file)
afterAll(() => model.dispose())

describe.skipIf(!pythonHas('torch', 'transformers', 'onnx', 'onnxruntime'))('tokens of a layer in Python', () => {
  const layers = [0, 1, 3, -1, -2, -4]
  interface Theirs {
    readonly patches: Record<string, number[]>
    readonly own: number[]
    readonly replaced: number[]
    readonly blind: number[]
    readonly file: Record<string, number[]>
  }
  let theirs: Theirs
  let features: Float32Array

  beforeAll(async () => {
    const [hub, onnx, job] = [join(folder, 'hub'), join(folder, 'patches.onnx'), join(folder, 'job.json')]
    await convertCheckpoint(file, hub, { to: 'hugging-face' })
    await model.exportOnnx(onnx, { part: 'image', output: 'patches', layer: -2 })
    features = (await model.encodePatches(images, { layer: -2 })).patches.data
    const { pixels, shape } = images
    writeFileSync(
      job,
      JSON.stringify({ folder: hub, onnx, layers, pixels: [...pixels], shape, features: [...features] }),
    )
    theirs = JSON.parse(runPython(readFileSync('test/parity/llava.py', 'utf8'), [job])) as Theirs
  })

  it.each(layers)("are transformers' hidden states of layer %i, without the class token", async (layer) => {
    const { patches } = await model.encodePatches(images, { layer })
    expect(patches.shape).toEqual([3, 16, 32])
    expect(largestDifference(patches.data, theirs.patches[layer]!)).toBeLessThan(1e-5)
  })

  it('give the logits of a LLaVA in place of its own', () => {
    expect(largestDifference(theirs.replaced, theirs.own)).toBeLessThan(1e-5)
    // The images affect the result.
    expect(largestDifference(theirs.blind, theirs.own)).toBeGreaterThan(1e-3)
  })

  it('come out of the exported file, for any number of images', () => {
    expect(largestDifference(theirs.file[3]!, features)).toBeLessThan(1e-5)
    expect(largestDifference(theirs.file[1]!, features.subarray(0, features.length / 3))).toBeLessThan(1e-5)
  })
})

describe('encodePatches of a layer', () => {
  it.each([
    ['compiled', { device: 'cpu', runtime: 'compiled' }],
    ['WASM', { device: 'wasm', runtime: 'eager' }],
    ['in JavaScript', { device: 'cpu', runtime: 'eager' }],
    ['in a worker', { worker: true }],
  ] as const)('is the same everywhere: %s', async (_, options) => {
    const expected = await model.encodePatches(images, { layer: -2 })
    await using other = await DreamLIP.load(file, options)
    const { patches, ...others } = await other.encodePatches(images, { layer: -2, batchSize: 2 })
    expect(patches.shape).toEqual(expected.patches.shape)
    expect(largestDifference(patches.data, expected.patches.data)).toBeLessThan(1e-5)
    expect(others).toEqual({})
  })

  it('leaves out images that cannot be read', async () => {
    const photo = 'examples/photos/chelsea.png'
    const whole = await model.encodePatches(photo, { layer: 1 })
    const { patches, errors } = await model.encodePatches([photo, 'missing.png'], { layer: 1, onError: 'skip' })
    expect(errors).toMatchObject([{ index: 1 }])
    expect(patches.data.subarray(0, 16 * 32)).toEqual(whole.patches.data)
    expect(patches.data.subarray(16 * 32).every(Number.isNaN)).toBe(true)
  })

  it.each([
    [{ layer: 4 }, /layer: .*-4.*3/],
    [{ layer: -5 }, /layer/],
    [{ layer: 1.5 }, /layer/],
    [{ layer: -2, project: true }, /project: .*layer/],
    [{ layer: -2, attention: 'standard' }, /attention: .*layer/],
    [{ layr: -2 }, /layr: unknown; did you mean layer\?/],
  ])('refuses %o', async (options, message) => {
    const encoding = model.encodePatches(images, options as never)
    const expected = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) as string }
    await expect(encoding).rejects.toMatchObject(expected)
  })
})

describe('exportOnnx of patches', () => {
  it('writes only the blocks that the layer needs', async () => {
    const sizes = [1, 2, 3].map(async (layer) => {
      const [path] = await model.exportOnnx(join(folder, `${layer}.onnx`), { part: 'image', output: 'patches', layer })
      return statSync(path!).size
    })
    const [first, second, third] = (await Promise.all(sizes)) as [number, number, number]
    const block = 4 * (4 * 32 * 32 + 2 * 32 * 64) // a block's matrices in float32
    expect(second - first).toBeGreaterThan(block)
    expect(third - second).toBeGreaterThan(block)
  })

  it.each([
    [{ part: 'text', output: 'patches' }, /output/],
    [{ part: 'image', output: 'tokens' }, /output/],
    [{ part: 'image', layer: -2 }, /layer: .*output: 'patches'/],
    [{ part: 'image', output: 'patches', layer: 9 }, /layer/],
  ])('refuses %o', async (options, message) => {
    const exporting = model.exportOnnx(join(folder, 'never.onnx'), options as never)
    const expected = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) as string }
    await expect(exporting).rejects.toMatchObject(expected)
  })
})
