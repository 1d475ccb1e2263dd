/** Exported files in Python: ONNX's own checker accepts them, and Python's ONNX Runtime returns the same results as the model. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cosineSimilarity, createModel, DreamLIP, type OpenCLIPConfig } from '../../../src/index'
import { exportOnnx } from '../../../src/inference/export/export-onnx'
import { createStoredParameters } from '../../../src/runtime/compiled/arrays/parameters'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPython } from '../../parity/python'

const config: OpenCLIPConfig = {
  embed_dim: 8,
  vision_cfg: { image_size: 24, layers: 2, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 9, vocab_size: 50, width: 8, heads: 2, layers: 2 },
}
/** The same, with rows that consist of whole blocks of 4-bit integers. */
const inBlocks: OpenCLIPConfig = {
  ...config,
  vision_cfg: { ...config.vision_cfg, width: 32 },
  text_cfg: { ...config.text_cfg, width: 32 },
}
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Checks a file, runs it on an array, and prints the result and the domains that it uses. */
const script = `
import json, sys, numpy, onnx, onnxruntime
path, shape, kind = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
onnx.checker.check_model(path, full_check=True)
values = numpy.fromfile(path + '.input', kind).reshape(shape)
session = onnxruntime.InferenceSession(path)
[output] = session.run(None, {session.get_inputs()[0].name: values})
domains = {node.domain for node in onnx.load(path, load_external_data=False).graph.node}
print(json.dumps({'output': output.flatten().tolist(), 'shape': output.shape, 'domains': sorted(domains)}))
`

interface Outcome {
  readonly output: number[]
  readonly shape: number[]
  readonly domains: string[]
}

function runInPython(path: string, values: Float32Array | BigInt64Array, shape: readonly number[]): Outcome {
  writeFileSync(`${path}.input`, values)
  const kind = values instanceof Float32Array ? 'float32' : 'int64'
  return JSON.parse(runPython(script, [path, JSON.stringify(shape), kind])) as Outcome
}

/** The smallest cosine between corresponding rows, `[rows, 8]`. */
function smallestCosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const embeddings = (values: ArrayLike<number>) => ({
    data: Float32Array.from(values),
    shape: [values.length / 8, 8] as const,
  })
  const { data, shape } = cosineSimilarity(embeddings(a), embeddings(b))
  return Math.min(...Array.from({ length: shape[0] }, (_, i) => data[i * (shape[1] + 1)]!))
}

const pixels = Float32Array.from({ length: 4 * 3 * 24 * 24 }, (_, i) => 2 * Math.sin(i * 0.37))
const tokens = [
  [1, 7, 49],
  [1, 8, 9, 10, 49],
]
const ids = BigInt64Array.from(tokens.flatMap((row) => Array.from({ length: 6 }, (_, i) => BigInt(row[i] ?? 0))))

describe.skipIf(!pythonHas('onnx', 'onnxruntime', 'numpy'))('an exported file in Python', () => {
  it.each([
    ['float32', false],
    ['float32', true],
    ['float16', false],
    ['int8', false],
    ['int4', false],
  ] as const)('gives the model’s embeddings: %s, quick GELU %s', async (dtype, quickGelu) => {
    const widths = dtype === 'int4' ? inBlocks : config
    const model = await DreamLIP.create({ ...widths, quick_gelu: quickGelu } as OpenCLIPConfig, {
      dtype: dtype === 'int8' ? 'float32' : dtype,
    })
    const [image, text] = ['image', 'text'].map((part) => join(folder, `${part}-${dtype}-${quickGelu}.onnx`))
    await model.exportOnnx(image!, { part: 'image', dtype })
    await model.exportOnnx(text!, { part: 'text', dtype })
    const images = await model.encodeImage({ pixels, shape: [4, 3, 24, 24] }, { normalize: false })
    const texts = await model.encodeText({ tokens }, { normalize: false })
    const ofImages = runInPython(image!, pixels, [4, 3, 24, 24])
    const ofTexts = runInPython(text!, ids, [2, 6])
    // ONNX has no product with 4-bit integers. ONNX Runtime has one.
    const domains = dtype === 'int4' ? ['', 'com.microsoft'] : ['']
    expect(ofImages).toMatchObject({ shape: [4, 8], domains })
    expect(ofTexts).toMatchObject({ shape: [2, 8], domains })
    for (const [{ output }, own] of [
      [ofImages, images],
      [ofTexts, texts],
    ] as const) {
      if (dtype === 'int8') expect(smallestCosine(output, own.data)).toBeGreaterThan(0.99)
      else expect(largestDifference(output, own.data)).toBeLessThan(1e-5)
    }
  })

  it('gives the embeddings of a FLAIR model, without the pool', async () => {
    const model = await DreamLIP.create({ ...config, family: 'flair' })
    const [image, text] = ['image', 'text'].map((part) => join(folder, `flair-${part}.onnx`))
    await model.exportOnnx(image!, { part: 'image' })
    await model.exportOnnx(text!, { part: 'text' })
    const images = await model.encodeImage({ pixels, shape: [4, 3, 24, 24] }, { normalize: false })
    const texts = await model.encodeText({ tokens }, { normalize: false })
    expect(largestDifference(runInPython(image!, pixels, [4, 3, 24, 24]).output, images.data)).toBeLessThan(1e-5)
    expect(largestDifference(runInPython(text!, ids, [2, 6]).output, texts.data)).toBeLessThan(1e-5)
    expect(readFileSync(image!).includes('visual_proj')).toBe(false)
  })

  it('takes the batch that was fixed', async () => {
    const model = await DreamLIP.create(config)
    const path = join(folder, 'fixed.onnx')
    await model.exportOnnx(path, { part: 'image', dynamicBatch: false, batchSize: 4 })
    const { data } = await model.encodeImage({ pixels, shape: [4, 3, 24, 24] }, { normalize: false })
    expect(largestDifference(runInPython(path, pixels, [4, 3, 24, 24]).output, data)).toBeLessThan(1e-5)
  })

  it('finds weights in the file next to it', async () => {
    const { config: parsed, parameters } = createModel(config)
    const stored = createStoredParameters()
    parameters.forEach((values, name) => stored.set(name, values))
    const model = await DreamLIP.create(config)
    const path = join(folder, 'apart.onnx')
    await exportOnnx(path, parsed, stored, { part: 'text', dtype: 'float32', batch: undefined }, 1000)
    const { data } = await model.encodeText({ tokens }, { normalize: false })
    expect(largestDifference(runInPython(path, ids, [2, 6]).output, data)).toBeLessThan(1e-5)
  })
})
