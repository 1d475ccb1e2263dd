/** Losses and training in real Chromium, compared with golden numbers and with Node's losses and weights. */
import { beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, Trainer } from '../../src/index'
import { toleranceOf } from '../losses/golden-loss'
import { goldens } from '../losses/goldens'
import { largestDifference } from '../ops/compare'
import { loaderOf, photos, tiny } from '../training/tiny'
import { describeInChromium } from './chromium'
import { usePage } from './in-page'

const runtimes = [
  { device: 'webgpu', runtime: 'eager' },
  { device: 'wasm', runtime: 'eager' },
] as const
const steps = 4
const schedule = { kind: 'constant', learningRate: 5e-3, warmup: 0 } as const

describeInChromium('training in the browser', () => {
  const here = usePage()
  const inNode: { readonly losses: number[]; weights: Float32Array } = { losses: [], weights: new Float32Array() }

  beforeAll(async () => {
    const model = await DreamLIP.create(tiny, { seed: 1, device: 'cpu', runtime: 'compiled' })
    const trainer = new Trainer({ model, data: loaderOf(photos(8)), schedule, progress: false })
    await trainer.fit({ steps, onStep: ({ loss }) => inNode.losses.push(loss) })
    inNode.weights = model.parameters.get('visual.proj')!.data as Float32Array
    model.dispose()
  })

  it.each(runtimes)(
    'takes the steps that Node takes, on $device, from ImageData and without a folder',
    async (options) => {
      const pictures = photos(8).map(({ image, ...record }) => {
        const { data, width, height } = image as { data: Uint8Array; width: number; height: number }
        const rgba = Array.from({ length: width * height }, (_, i) => [...data.subarray(3 * i, 3 * i + 3), 255]).flat()
        return { ...record, rgba, width }
      })
      const found = await here.page.evaluate(([options, work]) => window.page.train(options, work), [
        options,
        { config: tiny, pictures, steps, schedule },
      ] as const)
      expect(found.device).toMatchObject({ name: options.device, runtime: options.runtime })
      expect(found.losses).toHaveLength(steps)
      expect(largestDifference(found.losses, inNode.losses)).toBeLessThan(1e-5)
      expect(largestDifference(found.weights, inNode.weights)).toBeLessThan(1e-4)
    },
  )

  it('refuses a folder, which browsers do not have, and says what to use instead', async () => {
    const found = await here.page.evaluate(
      ([options, config]) => window.page.trainerWithFolder(options, config, 'runs/photos'),
      [runtimes[1], tiny] as const,
    )
    expect(found).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^folder: .*onStep.*toBlob/),
    })
  })

  describe.each(runtimes)('losses on $device', (options) => {
    it.each(goldens.map((golden) => [golden.title, golden] as const))('%s', async (_, golden) => {
      const errors = await here.page.evaluate(([golden, options]) => window.page.lossErrors(golden, options), [
        golden,
        options,
      ] as const)
      const tolerance = toleranceOf(golden, 'float32')
      for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThanOrEqual(tolerance)
    })
  })
})
