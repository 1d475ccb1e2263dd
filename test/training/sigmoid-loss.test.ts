/** SigLIP's loss in a `Trainer`: a custom loss names the parameters that it trains, such as the bias. */
import { slice, squeeze, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { sigmoidLoss } from '../../src/losses/sigmoid'
import type { TrainingLoss } from '../../src/training/step/loss'
import { Trainer, type TrainerOptions } from '../../src/training/trainer'
import { loaderOf, photos, tiny } from './tiny'

/** Each image with its first caption. */
const sigmoid: TrainingLoss = {
  usesPatches: false,
  parameters: ['logit_bias'],
  terms: ({ images, texts, logitScale }, parameters) => ({
    sigmoid: sigmoidLoss({
      images,
      texts: squeeze<Tensor2D>(slice(texts, [0, 0, 0], [-1, 1, -1]), [1]),
      logitScale,
      logitBias: parameters.get('logit_bias') as Scalar,
    }),
  }),
}

async function biasAfter(loss: TrainerOptions['loss'], losses: number[] = []): Promise<number> {
  const model = await DreamLIP.create({ ...tiny, init_logit_bias: -10 }, { seed: 1 })
  const schedule = { kind: 'constant', learningRate: 5e-3, warmup: 0 } as const
  const trainer = new Trainer({ model, data: loaderOf(photos(8), { seed: 3 }), schedule, loss })
  await trainer.fit({ epochs: 5, onStep: (step) => losses.push(step.loss) })
  const [bias] = (await model.parameters.get('logit_bias')!.read()) as Float32Array
  model.dispose()
  return bias!
}

it('trains the bias of the logits with the sigmoid loss', async () => {
  const losses: number[] = []
  expect(Math.abs((await biasAfter(sigmoid, losses)) + 10)).toBeGreaterThan(0.01)
  expect(losses.at(-1)).toBeLessThan(losses[0]!)
})

it('leaves the bias alone with a loss that does not use it', async () => {
  expect(await biasAfter('dreamlip')).toBe(-10)
})
