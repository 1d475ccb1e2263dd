/** `dreamlip export`, run as a process. */
import { existsSync, statSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../../src/index'
import { largestDifference } from '../../../ops/compare'
import { model, run, runJson, temporaryFolder } from '../../command'

const inFolder = temporaryFolder()

describe('dreamlip export', () => {
  it('writes a tower as a file that computes what the model computes', async () => {
    const path = inFolder('onnx', 'text_model.onnx')
    const { code, document } = await runJson(['export', '--model', model, '--part', 'text', '--out', path])
    expect([code, document]).toEqual([
      0,
      { part: 'text', dtype: 'float32', batch: null, files: [{ path, bytes: statSync(path).size }] },
    ])
    const loaded = await DreamLIP.load(model)
    const { data } = await loaded.encodeText({ tokens: [[49_406, 320, 49_407]] }, { normalize: false })
    loaded.dispose()
    const session = await InferenceSession.create(path)
    const ids = new Tensor('int64', BigInt64Array.of(49_406n, 320n, 49_407n), [1, 3])
    const { text_embeds } = await session.run({ input_ids: ids })
    await session.release()
    expect(largestDifference(text_embeds!.data as Float32Array, data)).toBeLessThan(1e-5)
  })

  it('writes patch tokens of a layer', async () => {
    const path = inFolder('patches.onnx')
    const args = ['--part', 'image', '--output', 'patches', '--layer', '-2', '--out', path]
    const { code, document } = await runJson(['export', '--model', model, ...args])
    expect([code, document]).toMatchObject([0, { part: 'image', output: 'patches', layer: -2 }])
    const loaded = await DreamLIP.load(model)
    const pixels = new Float32Array(3 * 224 * 224).fill(0.5)
    const { patches } = await loaded.encodePatches({ pixels, shape: [1, 3, 224, 224] }, { layer: -2 })
    loaded.dispose()
    const session = await InferenceSession.create(path)
    const outputs = await session.run({ pixel_values: new Tensor('float32', pixels, [1, 3, 224, 224]) })
    await session.release()
    expect(largestDifference(outputs['patches']!.data as Float32Array, patches.data)).toBeLessThan(1e-5)
  })

  it('fixes the batch size and halves the weights on request', async () => {
    const path = inFolder('half.onnx')
    const args = ['--part', 'image', '--out', path, '--dtype', 'float16', '--fixed-batch', '2']
    const { stdout } = await run(['export', '--model', model, ...args])
    expect(stdout).toMatch(new RegExp(`^${path}: 44\\d kB\n$`))
    const session = await InferenceSession.create(path)
    const three = new Tensor('float32', new Float32Array(3 * 3 * 224 * 224), [3, 3, 224, 224])
    await expect(session.run({ pixel_values: three })).rejects.toThrow(/Got: 3 Expected: 2/)
    await session.release()
  })

  it.each([
    [['--part', 'image', '--out', 'image.pt'], /--out: expected a name ending in \.onnx; got 'image\.pt'/],
    [['--part', 'audio', '--out', 'audio.onnx'], /--part/],
    [['--out', 'image.onnx'], /--part/],
    [['--part', 'image', '--layer', 'last', '--out', 'image.onnx'], /--layer.*Expected a whole number/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await run(['export', '--model', model, ...args])
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(existsSync(args.at(-1)!)).toBe(false)
  })
})
