/** Models whose weights are stored in half precision or as 8-bit integers, on real photographs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cosineSimilarity, DreamLIP, type Embeddings } from '../src/index'

const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => `examples/photos/${name}`)
const texts = [
  'a cat',
  'a cup of coffee on a wooden table. A spoon lies beside it.',
  'a rocket on its launch pad at night',
]
const load = (dtype: 'float32' | 'float16' | 'int8') =>
  DreamLIP.load('examples/golden/golden.pt', { dtype, device: 'cpu', runtime: 'compiled' })

/** The cosine of each row with its counterpart. */
function cosines(a: Embeddings, b: Embeddings): number[] {
  const { data, shape } = cosineSimilarity(a, b)
  return Array.from({ length: shape[0] }, (_, i) => data[i * shape[1] + i]!)
}

describe.each([
  ['float16', 0.999_99],
  ['int8', 0.999],
] as const)('a model stored as %s', (dtype, closeness) => {
  let full: DreamLIP
  let model: DreamLIP
  beforeAll(async () => {
    full = await load('float32')
    model = await load(dtype)
  })
  afterAll(() => [full, model].forEach((each) => each.dispose()))

  it(`has embeddings whose cosine to float32's is at least ${closeness}`, async () => {
    const image = cosines(await full.encodeImage(photos), await model.encodeImage(photos))
    const text = cosines(await full.encodeText(texts), await model.encodeText(texts))
    for (const cosine of [...image, ...text]) expect(cosine).toBeGreaterThan(closeness)
  })

  it('embeds a photograph alone and among others alike', async () => {
    const together = await model.encodeImage(photos)
    const alone = await model.encodeImage(photos[2]!)
    const own = together.data.subarray(2 * alone.data.length)
    alone.data.forEach((value, i) => expect(Math.abs(value - own[i]!)).toBeLessThan(1e-6))
  })
})
