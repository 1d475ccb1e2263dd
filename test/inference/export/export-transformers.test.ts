/** Exported files in transformers.js: its CLIP classes load the folder that docs/onnx.md describes. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { importPeer } from '../../../benchmarks/peers'
import { cosineSimilarity, DreamLIP, preprocessImage } from '../../../src/index'
import { largestDifference } from '../../ops/compare'
import { canRun } from '../../skipping'
import { siglip, somePixels, writeModel } from '../model-folders/made-models'

const peer = '@huggingface/transformers'
const isInstalled = canRun(
  existsSync(`benchmarks/peers/node_modules/${peer}`),
  'exported files in transformers.js',
  `${peer} is not installed; npm ci --ignore-scripts in benchmarks/peers installs it`,
)

/** The parts of transformers.js that this test uses. */
interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean }
  readonly Tensor: new (type: string, data: object, dims: readonly number[]) => object
  readonly RawImage: { read(path: string): Promise<object> }
  readonly CLIPImageProcessor: Pretrained<(image: object) => Promise<{ pixel_values: object }>>
  readonly CLIPVisionModelWithProjection: Pretrained<(inputs: object) => Promise<{ image_embeds: Result }>>
  readonly CLIPTextModelWithProjection: Pretrained<(inputs: object) => Promise<{ text_embeds: Result }>>
  readonly SiglipVisionModel: Pretrained<(inputs: object) => Promise<{ pooler_output: Result }>>
  readonly SiglipTextModel: Pretrained<(inputs: object) => Promise<{ pooler_output: Result }>>
}
interface Pretrained<T> {
  from_pretrained(name: string, options?: object): Promise<T>
}
interface Result {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-transformers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const photo = 'examples/photos/chelsea.png'

/** The folder of docs/onnx.md, without a tokenizer. */
async function layFolder(model: DreamLIP): Promise<void> {
  mkdirSync(join(folder, 'golden', 'onnx'), { recursive: true })
  const file = (name: string) => join(folder, 'golden', name)
  const preprocessing = {
    image_processor_type: 'CLIPImageProcessor',
    size: { shortest_edge: 224 },
    crop_size: { width: 224, height: 224 },
    do_resize: true,
    do_center_crop: true,
    do_normalize: true,
    do_rescale: true,
    do_convert_rgb: true,
    rescale_factor: 1 / 255,
    resample: 3,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  }
  writeFileSync(file('config.json'), JSON.stringify({ model_type: 'clip' }))
  writeFileSync(file('preprocessor_config.json'), JSON.stringify(preprocessing))
  await model.exportOnnx(file('onnx/vision_model.onnx'), { part: 'image' })
  await model.exportOnnx(file('onnx/text_model.onnx'), { part: 'text' })
  await model.exportOnnx(file('onnx/vision_model_int8.onnx'), { part: 'image', dtype: 'int8' })
  await model.exportOnnx(file('onnx/vision_model_q4.onnx'), { part: 'image', dtype: 'int4' })
}

describe.runIf(isInstalled)('transformers.js', async () => {
  if (!isInstalled) return
  const transformers = await importPeer<Transformers>(peer)
  Object.assign(transformers.env, { localModelPath: folder, allowRemoteModels: false })
  const { Tensor, RawImage, CLIPImageProcessor, CLIPVisionModelWithProjection, CLIPTextModelWithProjection } =
    transformers
  const model = await DreamLIP.load('examples/golden/golden.pt')
  await layFolder(model)
  afterAll(() => model.dispose())

  it('embeds images as the model does', async () => {
    const vision = await CLIPVisionModelWithProjection.from_pretrained('golden', { dtype: 'fp32' })
    const { data, shape } = await preprocessImage(photo)
    const { image_embeds } = await vision({ pixel_values: new Tensor('float32', data, [1, ...shape]) })
    const own = await model.encodeImage(photo, { normalize: false })
    expect(image_embeds.dims).toEqual([1, 32])
    expect(largestDifference(image_embeds.data, own.data)).toBeLessThan(1e-5)
  })

  it('embeds texts of any length as the model does', async () => {
    const text = await CLIPTextModelWithProjection.from_pretrained('golden', { dtype: 'fp32' })
    const ids = [49_406, 320, 1125, 539, 320, 2368, 49_407]
    const own = await model.encodeText({ tokens: [ids] }, { normalize: false })
    // The padding and mask that its tokenizer creates.
    const padded = BigInt64Array.from([...ids, 49_407, 49_407].map(BigInt))
    const mask = BigInt64Array.from([...ids.map(() => 1n), 0n, 0n])
    const inputs = {
      input_ids: new Tensor('int64', padded, [1, padded.length]),
      attention_mask: new Tensor('int64', mask, [1, mask.length]),
    }
    expect(largestDifference((await text(inputs)).text_embeds.data, own.data)).toBeLessThan(1e-5)
  })

  it('embeds images and texts with a SigLIP as the model does', async () => {
    mkdirSync(join(folder, 'siglip', 'onnx'), { recursive: true })
    const file = (name: string) => join(folder, 'siglip', name)
    writeFileSync(file('config.json'), JSON.stringify({ model_type: 'siglip' }))
    await writeModel(file('siglip.safetensors'), siglip)
    await using own = await DreamLIP.load(file('siglip.safetensors'))
    await own.exportOnnx(file('onnx/vision_model.onnx'), { part: 'image' })
    await own.exportOnnx(file('onnx/text_model.onnx'), { part: 'text' })
    const { SiglipVisionModel, SiglipTextModel } = transformers
    const vision = await SiglipVisionModel.from_pretrained('siglip', { dtype: 'fp32' })
    const text = await SiglipTextModel.from_pretrained('siglip', { dtype: 'fp32' })
    const { pixels, shape } = somePixels(2, own.config.vision.imageSize)
    const image = await vision({ pixel_values: new Tensor('float32', pixels, shape) })
    const expected = await own.encodeImage({ pixels, shape }, { normalize: false })
    expect(largestDifference(image.pooler_output.data, expected.data)).toBeLessThan(1e-5)

    const { contextLength, padId = 0 } = own.config.text
    const tokens = [58, 3, 17, 5, 59]
    const ids = [...tokens, ...Array.from({ length: contextLength - tokens.length }, () => padId)]
    const inputs = { input_ids: new Tensor('int64', BigInt64Array.from(ids.map(BigInt)), [1, contextLength]) }
    const ofText = await own.encodeText({ tokens: [tokens] }, { normalize: false })
    expect(largestDifference((await text(inputs)).pooler_output.data, ofText.data)).toBeLessThan(1e-5)
  })

  it.each(['int8', 'q4'] as const)('embeds photographs by its own preprocessing, in %s', async (dtype) => {
    const processor = await CLIPImageProcessor.from_pretrained('golden')
    const vision = await CLIPVisionModelWithProjection.from_pretrained('golden', { dtype })
    const { image_embeds } = await vision(await processor(await RawImage.read(photo)))
    const theirs = { data: image_embeds.data, shape: [1, 32] as const }
    expect(cosineSimilarity(theirs, await model.encodeImage(photo)).data[0]).toBeGreaterThan(0.99)
  })
})
