/** Exported files of families other than CLIP in Python: ONNX's checker accepts them, and ONNX Runtime's results match. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { DreamLIP, type OpenCLIPConfig } from '../../../src/index'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPython } from '../../parity/python'
import { siglip, somePixels, tiny, writeModel } from '../model-folders/made-models'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-export-families-'))
afterAll(() => rmSync(folder, { recursive: true }))

const script = `
import json, sys, numpy, onnx, onnxruntime
job = json.load(open(sys.argv[1]))
inputs = {'image': numpy.array(job['pixels'], 'float32').reshape(job['shape']), 'text': numpy.array(job['tokens'])}
inputs['patches'] = inputs['image']
results = {}
for part, values in inputs.items():
    onnx.checker.check_model(f"{job['path']}-{part}.onnx", full_check=True)
    session = onnxruntime.InferenceSession(f"{job['path']}-{part}.onnx")
    results[part] = session.run(None, {session.get_inputs()[0].name: values})[0].flatten().tolist()
print(json.dumps(results))`

const firstToken = { ...siglip, text_cfg: { ...siglip.text_cfg, pool_type: 'first' } }

describe.skipIf(!pythonHas('onnx', 'onnxruntime', 'numpy'))('exported files in Python', () => {
  it.each<[string, OpenCLIPConfig]>([
    ['SigLIP', siglip],
    ['texts pooled at their first token', firstToken],
    ['FLAIR', { ...tiny, family: 'flair' }],
  ])('give the results of the model: %s', async (name, config) => {
    const path = join(folder, name)
    await writeModel(`${path}.safetensors`, config)
    await using model = await DreamLIP.load(`${path}.safetensors`)
    await model.exportOnnx(`${path}-image.onnx`, { part: 'image' })
    await model.exportOnnx(`${path}-text.onnx`, { part: 'text' })
    await model.exportOnnx(`${path}-patches.onnx`, { part: 'image', output: 'patches' })
    const images = somePixels(2, 32)
    const { contextLength, padId = 0 } = model.config.text
    const tokens = [
      [58, 3, 17, 5, 59],
      [58, 7, 59],
    ]
    const padded = tokens.map((row) => [...row, ...Array.from({ length: contextLength - row.length }, () => padId)])
    const job = { path, pixels: [...images.pixels], shape: images.shape, tokens: padded }
    writeFileSync(`${path}.json`, JSON.stringify(job))
    const theirs = JSON.parse(runPython(script, [`${path}.json`])) as Record<'image' | 'text' | 'patches', number[]>
    const image = await model.encodeImage(images, { normalize: false })
    const text = await model.encodeText({ tokens }, { normalize: false })
    const { patches } = await model.encodePatches(images)
    expect(largestDifference(theirs.image, image.data)).toBeLessThan(1e-5)
    expect(largestDifference(theirs.text, text.data)).toBeLessThan(1e-5)
    expect(largestDifference(theirs.patches, patches.data)).toBeLessThan(1e-5)
  })
})
