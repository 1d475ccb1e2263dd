/** Embeds the golden photographs and captions with the given `dreamlip` module, and prints the differences from PyTorch. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {typeof import('dreamlip')} dreamlip
 * @param {string} examples the folder with `golden` and `photos`
 * @param {readonly import('dreamlip').RuntimeOptions[]} ways
 */
export async function embed(dreamlip, examples, ways = [{ device: 'wasm' }, { device: 'cpu' }]) {
  const golden = JSON.parse(readFileSync(join(examples, 'golden/golden.json'), 'utf8'))
  const result = { node: process.version, differences: {}, backends: {} }
  for (const way of ways) {
    const { device } = way
    const model = await dreamlip.DreamLIP.load(join(examples, 'golden/golden.pt'), way)
    const images = await model.encodeImage(golden.images.map((name) => join(examples, 'photos', name)))
    // Once for the numbers, and often enough that threads are used.
    const many = Array.from({ length: 8 }, () => golden.images).flat()
    const bulk = await model.encodeImage(many.map((name) => join(examples, 'photos', name)))
    const texts = await model.encodeText(golden.texts)
    model.dispose()
    result.backends[device] = model.device.backend
    result.differences[device] = [
      largest(images.data, golden.image_features.flat()),
      largest(bulk.data, Array(8).fill(golden.image_features.flat()).flat()),
      largest(texts.data, golden.text_features.flat()),
    ]
  }
  return { ...result, threads: process.report.getReport().workers.length }
}

function largest(actual, expected) {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`)
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0)
}
