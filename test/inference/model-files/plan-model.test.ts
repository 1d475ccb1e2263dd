import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, preprocessImage, readCheckpoint, saveSafetensors, toFloat32 } from '../../../src/index.node.ts'
import type { Checkpoint, EncodeOptions, HostTensor, LoadOptions, Preprocessing } from '../../../src/index'
import { sendBytes, serve } from '../../server/server'

const fixtures = 'test/fixtures/models'
const hub = `${fixtures}/hub-transformers`
const openCLIP = `${fixtures}/hub-open-clip`

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dreamlip-plan-'))
})
afterAll(() => rm(root, { recursive: true }))

interface Features {
  readonly pixels: number[]
  readonly image_features: number[]
  readonly text_features: number[]
  readonly tokens: number[][]
}

const featuresOf = (folder: string) => JSON.parse(readFileSync(`${folder}/features.json`, 'utf8')) as Features

/** Loads without printing a warning. */
const load = (source: string | Uint8Array, options: LoadOptions = {}) =>
  DreamLIP.load(source, { device: 'cpu', onWarning: () => undefined, ...options })

/** The largest difference between a model's embeddings and PyTorch's. */
async function distance(model: DreamLIP, features: Features): Promise<number> {
  const image = await model.encodeImage({ pixels: Float32Array.from(features.pixels), shape: [1, 3, 16, 16] })
  const text = await model.encodeText({ tokens: features.tokens })
  const differences = (actual: Float32Array, expected: number[]) =>
    expected.map((value, i) => Math.abs(value - actual[i]!))
  return Math.max(
    ...differences(image.data, features.image_features),
    ...differences(text.data, features.text_features),
  )
}

/** The tensors of a checkpoint, in memory. */
async function tensorsOf(source: string): Promise<Record<string, HostTensor>> {
  const checkpoint: Checkpoint = await readCheckpoint(source)
  const tensors: Record<string, HostTensor> = {}
  for (const [name, tensor] of checkpoint.tensors) {
    tensors[name] = { data: toFloat32(await tensor.read()), shape: tensor.shape, dtype: 'float32' }
  }
  await checkpoint.close()
  return tensors
}

const only = (tensors: Record<string, HostTensor>, pattern: RegExp) =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => pattern.test(name)))

describe.each([
  ['transformers', hub, { quickGelu: false, headWidth: 80, heads: 2 }, 'model.safetensors.index.json'],
  ['open_clip', openCLIP, { quickGelu: true, headWidth: 80, heads: 2 }, 'open_clip_model.safetensors'],
])('a folder of %s', (_, folder, { quickGelu, headWidth, heads }, file) => {
  it('gives the features that PyTorch gives, to 1e-5, and guesses nothing', async () => {
    const warnings: string[] = []
    const model = await load(folder, { onWarning: (message) => warnings.push(message) })
    expect(model.config).toMatchObject({ quickGelu, vision: { headWidth }, text: { heads } })
    expect(model.source).toBe(join(folder, file))
    expect(model.assumptions).toEqual([])
    expect(warnings).toEqual([])
    expect(await distance(model, featuresOf(folder))).toBeLessThan(1e-5)
    model.dispose()
  })

  it('does so from an address, by its folder and by its file', async () => {
    const server = await serve((request, response) => {
      const name = request.url!.split('/').at(-1)!
      const bytes = /^[\w.-]+$/.test(name) ? safely(() => readFileSync(join(folder, name))) : undefined
      if (bytes) sendBytes(bytes, request, response)
      else response.writeHead(404).end()
    })
    for (const address of [`${server.url}/owner/`, `${server.url}/owner/${file}`]) {
      const model = await load(address)
      expect(model.assumptions).toEqual([])
      expect(await distance(model, featuresOf(folder))).toBeLessThan(1e-5)
      model.dispose()
    }
    await server.close()
  })
})

function safely<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

describe('what no file says about a model', () => {
  it('is guessed, listed, and named in one warning', async () => {
    const path = join(root, 'alone.safetensors')
    await cp(`${fixtures}/hugging-face.safetensors`, path)
    const warnings: string[] = []
    const model = await load(path, { onWarning: (message) => warnings.push(message) })
    expect(model.assumptions).toEqual([
      expect.stringMatching(/^activation: QuickGELU/),
      expect.stringMatching(/^attention heads: 64 wide in the image tower, 64 wide in the text tower/),
      expect.stringMatching(/^texts: they end with the largest id/),
    ])
    expect(warnings).toEqual([
      expect.stringMatching(/alone\.safetensors: assumed activation.*heads.*pass \{ config \}/),
    ])
    model.dispose()
  })

  it('is a process warning without onWarning', async () => {
    const heard = new Promise<Error>((resolve) => process.once('warning', resolve))
    const model = await DreamLIP.load(`${fixtures}/hugging-face.safetensors`, { device: 'cpu' })
    expect(await heard).toMatchObject({ name: 'DreamLIPWarning', message: expect.stringContaining('activation') })
    model.dispose()
  })

  it('is not guessed if the config is passed as object, JSON text or path, in each form', async () => {
    const config = JSON.parse(readFileSync(`${openCLIP}/open_clip_config.json`, 'utf8')) as { model_cfg: object }
    const weights = readFileSync(`${openCLIP}/open_clip_model.safetensors`)
    const forms = [config, config.model_cfg, JSON.stringify(config), `${openCLIP}/open_clip_config.json`]
    for (const form of forms) {
      const model = await load(weights, { config: form as string })
      expect(model.assumptions).toEqual([])
      expect(await distance(model, featuresOf(openCLIP))).toBeLessThan(1e-5)
      model.dispose()
    }
  })

  it('is guessed, with a warning, if the config next to the weights describes another model', async () => {
    const path = join(root, 'other.safetensors')
    await cp(`${fixtures}/hugging-face.safetensors`, path)
    await writeFile(join(root, 'config.json'), JSON.stringify({ model_type: 'clip' }))
    const model = await load(path)
    expect(model.assumptions).toContainEqual(expect.stringMatching(/^config\.json .* other shapes and was not used/))
    model.dispose()
    await rm(join(root, 'config.json'))
  })

  it('is guessed if a server sends a page for every address; a file that it cannot send is named', async () => {
    const weights = readFileSync(`${fixtures}/hugging-face.safetensors`)
    const server = await serve((request, response) => {
      if (request.url!.endsWith('.safetensors')) sendBytes(weights, request, response)
      else if (request.url === '/teapot/config.json') response.writeHead(418).end()
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Not here')
    })
    const page = await load(`${server.url}/pages/model.safetensors`)
    expect(page.assumptions.filter((each) => each.includes('config'))).toEqual([])
    const teapot = await load(`${server.url}/teapot/model.safetensors`)
    expect(teapot.assumptions).toContainEqual(expect.stringMatching(/^config\.json .* cannot be read \(.*418/))
    page.dispose()
    teapot.dispose()
    await server.close()
  })

  it('is known for the model inside the package, and for files that the package writes', async () => {
    const embedded = await load('assets/emoji-scenes.safetensors')
    expect(embedded.assumptions).toEqual([])
    embedded.dispose()
  })
})

describe('a config next to the weights with unsupported parts', () => {
  it('is refused, naming file and part', async () => {
    const folder = join(root, 'epsilon')
    await cp(hub, folder, { recursive: true })
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ model_type: 'clip', text_config: { hidden_act: 'relu' } }),
    )
    await expect(load(folder)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/^config\.json next to \S+: .*text_config\.hidden_act: "relu"/),
    })
  })
})

describe('a file with only one tower', () => {
  it.each([
    ['image', openCLIP, /^visual\./, {}],
    [
      'image',
      hub,
      /^(vision_model|visual_projection)/,
      {
        config: {
          model_type: 'clip_vision_model',
          hidden_act: 'gelu',
          hidden_size: 160,
          intermediate_size: 96,
          num_attention_heads: 2,
          num_hidden_layers: 1,
          image_size: 16,
          patch_size: 8,
          projection_dim: 16,
        },
      },
    ],
  ] as const)('embeds %ss, and an error says that it cannot embed texts: %s', async (_, folder, pattern, options) => {
    const path = join(root, 'image-tower.safetensors')
    await saveSafetensors(path, only(await tensorsOf(folder), pattern))
    const features = featuresOf(folder)
    const model = await load(path, { config: `${openCLIP}/open_clip_config.json`, ...options })
    const { data } = await model.encodeImage({ pixels: Float32Array.from(features.pixels), shape: [1, 3, 16, 16] })
    features.image_features.forEach((value, i) => expect(Math.abs(value - data[i]!)).toBeLessThan(1e-5))
    for (const use of [() => model.encodeText({ tokens: features.tokens }), async () => model.logitScale]) {
      await expect(use()).rejects.toMatchObject({
        code: 'CHECKPOINT_MISMATCH',
        message: expect.stringMatching(/no text tower: .*image-tower\.safetensors contains only the image tower/),
      })
    }
    const again = await load(new Uint8Array(await (await model.toBlob()).arrayBuffer()))
    expect(
      (await again.encodeImage({ pixels: Float32Array.from(features.pixels), shape: [1, 3, 16, 16] })).data,
    ).toEqual(data)
    again.dispose()
    model.dispose()
  })

  it('embeds texts, and an error says that it cannot embed images', async () => {
    const path = join(root, 'text-tower.safetensors')
    await saveSafetensors(path, only(await tensorsOf(openCLIP), /^(?!visual|logit_scale)/))
    const features = featuresOf(openCLIP)
    const model = await load(path, { config: `${openCLIP}/open_clip_config.json` })
    const { data } = await model.encodeText({ tokens: features.tokens })
    features.text_features.forEach((value, i) => expect(Math.abs(value - data[i]!)).toBeLessThan(1e-5))
    await expect(
      model.encodeImage({ pixels: Float32Array.from(features.pixels), shape: [1, 3, 16, 16] }),
    ).rejects.toThrow(/no image tower: .* contains only the text tower/)
    model.dispose()
  })

  it('is refused without its projection, and the error names it', async () => {
    const path = join(root, 'unprojected.safetensors')
    await saveSafetensors(path, only(await tensorsOf(openCLIP), /^visual\.(?!proj)/))
    await expect(load(path)).rejects.toThrow(/image tower of a CLIP model without visual\.proj/)
  })
})

describe('preprocessing', () => {
  const image = {
    data: Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 37) % 256),
    width: 30,
    height: 20,
    channels: 3 as const,
  }

  it.each([
    [hub, 'shortest'],
    [openCLIP, 'squash'],
  ] as const)('comes from the files of %s, and is used', async (folder, resizeMode) => {
    const model = await load(folder)
    const half = [0.5, 0.5, 0.5]
    expect(model.preprocessing).toEqual({ mean: half, std: half, resizeMode, interpolation: 'bicubic' })
    const { data } = await preprocessImage(image, { size: 16, mean: half, std: half, resizeMode })
    const prepared = await model.encodeImage({ pixels: data, shape: [1, 3, 16, 16] })
    expect((await model.encodeImage(image)).data).toEqual(prepared.data)
    model.dispose()
  })

  it('is stored in the saved file', async () => {
    const model = await load(openCLIP)
    const again = await load(new Uint8Array(await (await model.toBlob()).arrayBuffer()))
    expect(again.preprocessing).toEqual(model.preprocessing)
    again.dispose()
    model.dispose()
  })

  it('can be passed, and is checked', async () => {
    const model = await load(openCLIP, { preprocessing: { mean: [0, 0, 0] } })
    expect(model.preprocessing).toMatchObject({ mean: [0, 0, 0], resizeMode: 'shortest' })
    model.dispose()
    await expect(load(openCLIP, { preprocessing: { std: [0, 1, 1] } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it.each([
    [
      'another interpolation',
      { resample: 5 },
      /resample: 5 is not supported, only 0 \(nearest\), 1 \(lanczos\), 2 \(bili/,
    ],
    ['a crop of another size', { crop_size: 8 }, /crop_size: 8/],
    ['no crop', { do_center_crop: false }, /do_center_crop: false/],
    ['another scale', { rescale_factor: 1 / 127.5 }, /do_rescale/],
    ['a mean of text', { image_mean: 'x' }, /mean: expected three numbers, got "x"/],
    [
      'another size than the model’s',
      { size: { shortest_edge: 32 }, crop_size: 32 },
      /at 32 pixels, but the model expects 16/,
    ],
  ])('is refused with %s, and the error names it', async (_, fields, message) => {
    const folder = join(root, 'preprocessing')
    await cp(hub, folder, { recursive: true })
    const known = JSON.parse(readFileSync(`${hub}/preprocessor_config.json`, 'utf8')) as object
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify({ ...known, ...fields }))
    await expect(load(folder)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message),
    })
    const model = await load(folder, { preprocessing: {} })
    model.dispose()
  })

  it('is refused if open_clip asks for another interpolation, and the error names it', async () => {
    const config = JSON.parse(readFileSync(`${openCLIP}/open_clip_config.json`, 'utf8')) as { preprocess_cfg: object }
    const box = { ...config, preprocess_cfg: { ...config.preprocess_cfg, interpolation: 'box' } }
    const weights = readFileSync(`${openCLIP}/open_clip_model.safetensors`)
    await expect(load(weights, { config: box as never })).rejects.toThrow(
      /interpolation: "box" is not supported, only "nearest", "bilinear", "bicubic" and "lanczos"/,
    )
  })

  it.each([
    ['bilinear', 'bilinear'],
    ['random', 'bicubic'], // open_clip draws one in training, and uses bicubic otherwise
  ])('interpolates as open_clip does where it says %s', async (stated, interpolation) => {
    const config = JSON.parse(readFileSync(`${openCLIP}/open_clip_config.json`, 'utf8')) as { preprocess_cfg: object }
    const given = { ...config, preprocess_cfg: { ...config.preprocess_cfg, interpolation: stated } }
    const weights = readFileSync(`${openCLIP}/open_clip_model.safetensors`)
    const model = await load(weights, { config: given as never })
    expect(model.preprocessing.interpolation).toBe(interpolation)
    await expectPrepared(model, model.preprocessing)
    model.dispose()
  })

  it.each([
    [0, 'nearest'],
    [1, 'lanczos'],
    [2, 'bilinear'],
  ])('interpolates as Hugging Face does where its file says %i', async (resample, interpolation) => {
    const folder = join(root, `resample-${resample}`)
    await cp(hub, folder, { recursive: true })
    const known = JSON.parse(readFileSync(`${hub}/preprocessor_config.json`, 'utf8')) as object
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify({ ...known, resample }))
    const model = await load(folder)
    expect(model.preprocessing.interpolation).toBe(interpolation)
    await expectPrepared(model, model.preprocessing)
    model.dispose()
  })

  it('can be another for one call, as a whole or in part', async () => {
    const model = await load(openCLIP)
    const preprocessing = { interpolation: 'nearest', resizeMode: 'longest' } as const
    await expectPrepared(model, { ...model.preprocessing, ...preprocessing }, { preprocessing })
    const patches = await model.encodePatches(image, { preprocessing })
    const plain = await model.encodePatches(image)
    expect(patches.patches.data).not.toEqual(plain.patches.data)
    await expect(model.encodeImage(image, { preprocessing: { mean: [1] } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'preprocessing: mean: expected three numbers, got [1].',
    })
    model.dispose()
  })

  /** The model's embedding of an image equals that of its pixels from `preprocessImage`. */
  async function expectPrepared(model: DreamLIP, preprocessing: Preprocessing, options: EncodeOptions = {}) {
    const prepared = await preprocessImage(image, { size: 16, ...preprocessing })
    expect((await model.encodeImage(image, options)).data).toEqual((await model.encodeImage(prepared)).data)
  }
})
