/** Runs the package's main path with each dtype, in the given `dreamlip`. CommonJS, which every test runner loads. */
const { mkdtempSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

/** Allowed differences of embeddings from PyTorch's. The golden weights are float16; int8 rounds them. */
const tolerance = { float32: 1e-5, float16: 1e-5, int8: 0.02 }

/**
 * @param {typeof import('dreamlip')} dreamlip
 * @param {string} examples the folder with `golden` and `photos`
 * @param {import('dreamlip').RuntimeOptions} way
 * @returns the backend used with each dtype
 * @throws if a result is wrong
 */
module.exports = async function takeMainPath({ DreamLIP, LongCaptionDataset }, examples, way = {}) {
  const golden = JSON.parse(readFileSync(join(examples, 'golden/golden.json'), 'utf8'))
  const photos = golden.images.map((name) => join(examples, 'photos', name))
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-main-path-'))
  const backends = {}
  for (const dtype of Object.keys(tolerance)) {
    const check = (what, right) => {
      if (!right) throw new Error(`${dtype}: ${what} is wrong`)
    }
    const checkNear = (what, { data }, expected) => {
      const off = data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0)
      check(`${what}, ${off} off,`, data.length === expected.length && off < tolerance[dtype])
    }
    const model = await DreamLIP.load(join(examples, 'golden/golden.pt'), { ...way, dtype })
    backends[dtype] = model.device.backend
    checkNear('encodeImage', await model.encodeImage(photos), golden.image_features.flat())
    checkNear('encodeText', await model.encodeText(golden.texts), golden.text_features.flat())
    const [labels] = await model.classify(photos[0], ['cat', 'dog'])
    check('classify', Math.abs(labels.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-5)
    const maps = await model.ground(photos[0], 'A red bus waits. Two people cross.')
    check('ground', maps.length === 2 && maps.every(({ data }) => data.every(Number.isFinite)))
    const { data } = await model.segment(photos[0], ['cat', 'dog'])
    check('segment', data.length > 0 && data.every((label) => label === 0 || label === 1))
    const file = join(folder, `${dtype}.safetensors`)
    await model.save(file)
    model.dispose()
    const copy = await DreamLIP.load(file, way)
    checkNear('save', await copy.encodeText(golden.texts), golden.text_features.flat())
    copy.dispose()
  }
  rmSync(folder, { recursive: true })
  await readParquet(LongCaptionDataset, join(examples, '../test/fixtures/data/layouts/zstd.parquet'))
  return backends
}

/** Parquet is decoded in a separate thread: this fails if the thread's file is not found. */
async function readParquet(LongCaptionDataset, file) {
  const dataset = await LongCaptionDataset.open(file)
  const loader = dataset.loader({ batchSize: 2, imageSize: 32, texts: { count: 1 }, seed: 1 })
  for await (const { captions } of loader.batches({ epoch: 0, sample: 0 })) {
    if (captions.length !== 2) throw new Error(`${file}: a batch of 2 has captions for ${captions.length}`)
    return
  }
  throw new Error(`${file}: no batch came`)
}
