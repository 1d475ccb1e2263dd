/** Many calls at once, one call with as many inputs, and single calls: a random ViT-B/16, and the embedded model. */
import { DreamLIP } from '../src/index'
import { median } from './python'
import { captions } from './runtime/captions'

const rounds = 5
const texts = captions(50)
const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => `examples/photos/${name}`)
const images = Array.from({ length: 20 }, (_, i) => photos[i % photos.length]!)

export async function queueBenchmark(): Promise<void> {
  for (const [name, open] of [
    ['ViT-B/16, random weights', () => DreamLIP.create('ViT-B-16', { seed: 1 })],
    ['the model inside', () => DreamLIP.load()],
  ] as const) {
    const model = await open()
    console.log(`queue: ${name}, ${model.device.backend} on ${model.device.name}; median of ${rounds} rounds in turn`)
    await compare(
      `${texts.length} texts`,
      () => model.encodeText(texts),
      texts.map((text) => () => model.encodeText(text)),
    )
    await compare(
      `${images.length} photographs`,
      () => model.encodeImage(images),
      images.map((image) => () => model.encodeImage(image)),
    )
    await single('one text', () => model.encodeText('a photo of a cat on a sofa'))
    await single('one photograph', () => model.encodeImage(photos[0]!))
    model.dispose()
  }
}

/** One call with all inputs, and simultaneous calls with one input each. */
async function compare(what: string, whole: () => Promise<unknown>, calls: readonly (() => Promise<unknown>)[]) {
  const rows = { one: [] as number[], many: [] as number[], answers: [] as number[] }
  for (let round = -1; round < rounds; round++) {
    const one = await seconds(whole)
    const start = performance.now()
    const answered = await Promise.all(calls.map((call) => call().then(() => (performance.now() - start) / 1000)))
    // Round -1 prepares the graphs.
    if (round < 0) continue
    rows.one.push(one)
    rows.many.push(Math.max(...answered))
    rows.answers.push(median(answered))
  }
  const ratio = median(rows.many.map((value, i) => value / rows.one[i]!)).toFixed(2)
  console.log(
    `  ${what.padEnd(16)} one call ${median(rows.one).toFixed(3)} s; one call each: the last answered after ` +
      `${median(rows.many).toFixed(3)} s (ratio ${ratio}), half of them after ${median(rows.answers).toFixed(3)} s`,
  )
}

async function single(what: string, call: () => Promise<unknown>): Promise<void> {
  await call()
  const times: number[] = []
  for (let i = 0; i < 20; i++) times.push(await seconds(call))
  console.log(`  ${what.padEnd(16)} ${(median(times) * 1000).toFixed(1)} ms per call, one after the other`)
}

async function seconds(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await call()
  return (performance.now() - start) / 1000
}
