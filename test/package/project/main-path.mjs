/** Takes the package's main path with each dtype, with whichever `dreamlip` module it is given, and says how far from PyTorch it is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @param {typeof import('dreamlip')} dreamlip
 * @param {string} examples the folder with `golden` and `photos`
 * @param {import('dreamlip').RuntimeOptions} way
 * @returns what each dtype gave, and on which backend
 */
export async function takeMainPath({ DreamLIP }, examples, way = {}) {
  const golden = JSON.parse(readFileSync(join(examples, 'golden/golden.json'), 'utf8'))
  const photos = golden.images.map((name) => join(examples, 'photos', name))
  const expected = { images: golden.image_features.flat(), texts: golden.text_features.flat() }
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-main-path-'))
  const results = {}
  for (const dtype of ['float32', 'float16', 'int8']) {
    const model = await DreamLIP.load(join(examples, 'golden/golden.pt'), { ...way, dtype })
    const images = await model.encodeImage(photos)
    const texts = await model.encodeText(golden.texts)
    const [labels] = await model.classify(photos[0], ['cat', 'dog'])
    const maps = await model.ground(photos[0], 'A red bus waits. Two people cross.')
    const mask = await model.segment(photos[0], ['cat', 'dog'])
    const file = join(folder, `${dtype}.safetensors`)
    await model.save(file)
    model.dispose()
    const copy = await DreamLIP.load(file, way)
    const copied = await copy.encodeText(golden.texts)
    copy.dispose()
    results[dtype] = {
      backend: model.device.backend,
      imagesOff: largestDifference(images.data, expected.images),
      textsOff: largestDifference(texts.data, expected.texts),
      copyOff: largestDifference(copied.data, expected.texts),
      probability: labels.reduce((sum, { score }) => sum + score, 0),
      maps: maps.map(({ data }) => data.every(Number.isFinite)),
      labels: [...new Set(mask.data)].every((label) => label === 0 || label === 1),
    }
  }
  rmSync(folder, { recursive: true })
  return results
}

function largestDifference(actual, expected) {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`)
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0)
}
