/** Misspelt options of a model's methods: JavaScript has no compiler to find them. */
import { afterAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { photos, tiny } from '../training/tiny'

const model = await DreamLIP.create(tiny, { device: 'cpu', runtime: 'eager' })
afterAll(() => model.dispose())

const image = photos(1)[0]!.image

describe('a misspelt option', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['load', () => DreamLIP.load(undefined, { devise: 'cpu' } as never), 'devise: unknown; did you mean device?'],
    [
      'load, in an object',
      () => DreamLIP.load(undefined, { preprocessing: { resize_mode: 'squash' } } as never),
      'preprocessing.resize_mode: unknown; did you mean preprocessing.resizeMode?',
    ],
    ['create', () => DreamLIP.create(tiny, { sed: 1 } as never), 'sed: unknown; did you mean seed?'],
    [
      'encodeImage',
      () => model.encodeImage(image, { normalise: false } as never),
      'normalise: unknown; did you mean normalize?',
    ],
    [
      'encodeText',
      () => model.encodeText('a', { batchsize: 1 } as never),
      'batchsize: unknown; did you mean batchSize?',
    ],
    [
      'classify',
      () => model.classify(image, ['a'], { template: ['{}'] } as never),
      'template: unknown; did you mean templates?',
    ],
    [
      'ground',
      () => model.ground(image, 'a', { short_side: 32 } as never),
      'short_side: unknown; did you mean shortSide?',
    ],
    ['save', () => model.save('never-written.pt', { type: 'float16' } as never), 'type: unknown; did you mean dtype?'],
  ])('of %s is refused with the right name', async (_, call, message) => {
    await expect(call()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message })
  })

  it('is no problem if its value is undefined', async () => {
    await expect(model.encodeText('a', { batchsize: undefined } as never)).resolves.toBeDefined()
  })
})
