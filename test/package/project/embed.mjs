/** Embeds the golden photographs and captions with whichever `dreamlip` module it is given, and says how far from PyTorch it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param {typeof import('dreamlip')} dreamlip @param {string} examples the folder with `golden` and `photos` */
export async function embed(dreamlip, examples) {
  const golden = JSON.parse(readFileSync(join(examples, 'golden/golden.json'), 'utf8'))
  const result = { node: process.version, differences: {} }
  for (const device of ['wasm', 'cpu']) {
    const model = await dreamlip.DreamLIP.load(join(examples, 'golden/golden.pt'), { device })
    const images = await model.encodeImage(golden.images.map((name) => join(examples, 'photos', name)))
    const texts = await model.encodeText(golden.texts)
    model.dispose()
    result.differences[device] = [
      largest(images.data, golden.image_features.flat()),
      largest(texts.data, golden.text_features.flat()),
    ]
  }
  return result
}

function largest(actual, expected) {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`)
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0)
}
