import { mkdtempSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync, writeSync, closeSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { memory } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createModel,
  DreamLIP,
  DreamLIPError,
  isImageProblem,
  readCheckpoint,
  safetensorsBlob,
  type ByteSource,
  type Progress,
} from '../../../src/index'
import { serveFiles, type FileServer } from '../../browser/file-server'

const config = (textWidth: number) => ({
  embed_dim: 8,
  vision_cfg: { image_size: 32, layers: 2, width: 128, head_width: 64, patch_size: 16 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: textWidth, heads: 2, layers: 2 },
})
const pixels = {
  pixels: Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i)),
  shape: [1, 3, 32, 32] as const,
}
const tokens = { tokens: [[49406, 320, 49407]] }

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
let bytes: Uint8Array
/** Which bytes of the file belong to which tower. */
let places: { tower: 'image' | 'text' | 'neither'; start: number; end: number }[]
let whole: DreamLIP
let server: FileServer

beforeAll(async () => {
  bytes = await fileOf(16)
  writeFileSync(join(folder, 'model.safetensors'), bytes)
  const { tensors } = await readCheckpoint(bytes)
  places = [...tensors.values()].map(({ name, offset, shape }) => ({
    tower: name.startsWith('visual.') ? 'image' : shape.length > 0 ? 'text' : 'neither',
    start: offset!,
    end: offset! + 4 * shape.reduce((product, size) => product * size, 1),
  }))
  whole = await DreamLIP.load(bytes)
  server = await serveFiles({ models: folder })
})

afterAll(async () => {
  whole.dispose()
  await server.close()
  rmSync(folder, { recursive: true })
})

async function fileOf(textWidth: number, change: (name: string, data: Float32Array) => void = () => {}) {
  const { parameters } = createModel(config(textWidth), { seed: 2 })
  for (const [name, { data }] of parameters) change(name, data as Float32Array)
  const blob = safetensorsBlob(parameters, { config: JSON.stringify(config(textWidth)) })
  return new Uint8Array(await blob.arrayBuffer())
}

/** A source that records the ranges read, and whether it was closed. */
interface Logged extends ByteSource {
  readonly ranges: { start: number; end: number }[]
  closed: number
  /** Awaited before each range is returned. */
  before: (start: number, signal?: AbortSignal) => Promise<unknown> | undefined
}

function logged(of = bytes): Logged {
  const source: Logged = {
    name: 'logged',
    byteLength: of.length,
    bytesRead: 0,
    ranges: [],
    closed: 0,
    before: () => undefined,
    async read(offset, length, signal) {
      source.ranges.push({ start: offset, end: offset + length })
      await source.before(offset, signal)
      return of.slice(offset, offset + length)
    },
    async close() {
      source.closed++
    },
  }
  return source
}

/** The towers whose bytes are in these ranges. */
function towersIn(ranges: readonly { start: number; end: number }[]) {
  const read = places.filter(({ start, end }) => ranges.some((range) => range.start < end && range.end > start))
  return new Set(read.map(({ tower }) => tower))
}

const isOf = (tower: string, start: number) => places.find((place) => place.start === start)?.tower === tower

describe('a model whose file is not small and local', () => {
  it('reads no tower when it is loaded, and each tower with the first call that needs it', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    expect(towersIn(source.ranges)).toEqual(new Set(['neither']))
    expect(model.logitScale).toBeCloseTo(whole.logitScale, 6)
    expect(await model.encodeImage(pixels)).toEqual(await whole.encodeImage(pixels))
    expect(towersIn(source.ranges)).toEqual(new Set(['neither', 'image']))
    expect(source.closed).toBe(0)
    expect(await model.encodeText(tokens)).toEqual(await whole.encodeText(tokens))
    expect(towersIn(source.ranges)).toEqual(new Set(['neither', 'image', 'text']))
    expect(source.closed).toBe(1)
    expect(await model.classify(pixels, ['a', 'b'])).toEqual(await whole.classify(pixels, ['a', 'b']))
    model.dispose()
    expect(source.closed).toBe(1)
  })

  it('asks a server only for the ranges of the tower that is used', async () => {
    const before = server.requests.length
    const model = await DreamLIP.load(`${server.url}/models/model.safetensors`)
    expect(await model.encodeText(tokens)).toEqual(await whole.encodeText(tokens))
    const ranges = server.requests.slice(before + 1).map(({ range }) => {
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range!)!
      return { start: Number(start), end: Number(end) + 1 }
    })
    expect(towersIn(ranges).has('text')).toBe(true)
    // Requests are at least 64 KiB long, so the edge of the other tower may be in one.
    const ofImages = places.filter(({ tower }) => tower === 'image')
    const total = ofImages.reduce((sum, { start, end }) => sum + end - start, 0)
    const fetched = ofImages.filter(({ start, end }) => ranges.some((r) => r.start <= start && r.end >= end))
    expect(fetched.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThan(total / 4)
    model.dispose()
  })

  it('fails to load, as before, if its tensors do not fit its config', async () => {
    const source = logged()
    const loading = DreamLIP.load(source, { config: 'ViT-B-16' })
    await expect(loading).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
    expect(source.closed).toBe(1)
  })

  it('is read once for calls at once, and reports to each of them', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    const steps: Progress[][] = [[], [], []]
    await Promise.all(steps.map((own) => model.encodeImage(pixels, { onProgress: (step) => own.push(step) })))
    const starts = source.ranges.map(({ start }) => start).filter((start) => isOf('image', start))
    expect(new Set(starts).size).toBe(starts.length)
    for (const own of steps) {
      const loading = own.filter(({ stage }) => stage === 'load')
      expect(loading.length).toBe(starts.length)
      expect(loading.at(-1)!.done).toBe(loading.at(-1)!.total)
      expect(own.at(-1)).toEqual({ stage: 'images', done: 1, total: 1 })
    }
    model.dispose()
  })

  it('is not read for nothing', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    await Promise.all([model.encodeImage([]), model.encodeText([])])
    await expect(model.encodeImage('no-such.png')).rejects.toThrow()
    expect(towersIn(source.ranges).has('text')).toBe(false)
    model.dispose()
  })

  it('goes on being read when one of two calls is aborted', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    const controller = new AbortController()
    const [aborted, kept] = [model.encodeImage(pixels, { signal: controller.signal }), model.encodeImage(pixels)]
    source.before = async () => controller.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    expect(await kept).toEqual(await whole.encodeImage(pixels))
    model.dispose()
  })

  it('stops being read when every call is aborted, and the next call reads the rest', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    const controller = new AbortController()
    let count = 0
    source.before = async () => void (++count === 6 && controller.abort())
    await expect(model.encodeImage(pixels, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
    const stopped = source.ranges.length
    source.before = () => undefined
    expect(await model.encodeImage(pixels)).toEqual(await whole.encodeImage(pixels))
    const ofImages = places.filter(({ tower }) => tower === 'image').length
    expect(source.ranges.length - stopped).toBeLessThan(ofImages)
    model.dispose()
  })

  it('gives the error of a read that failed to the calls that waited, and the next call tries again', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    const failure = new Error('the disk is gone')
    const last = places.filter(({ tower }) => tower === 'text').at(-1)!
    source.before = async (start) => {
      if (start === last.start) throw failure
    }
    const calls = [model.encodeText(tokens), model.similarity(pixels, tokens), model.preload()]
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: failure })
    source.before = () => undefined
    expect(await model.encodeText(tokens)).toEqual(await whole.encodeText(tokens))
    model.dispose()
  })

  it('is not mistaken for an image that cannot be read', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    source.before = async () => {
      throw new DreamLIPError('SOURCE_UNREADABLE', 'the disk is gone')
    }
    const image = { data: new Uint8Array(3 * 32 * 32), width: 32, height: 32, channels: 3 as const }
    const error = await model.encodeImage([image], { onError: 'skip' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(isImageProblem(error)).toBe(false)
    model.dispose()
  })

  it('refuses weights that are NaN with the first call that needs them, and works without them', async () => {
    const spoilt = await fileOf(16, (name, data) => {
      if (name === 'transformer.resblocks.1.mlp.c_fc.weight') data[7] = NaN
    })
    const model = await DreamLIP.load(logged(spoilt))
    expect(await model.encodeImage(pixels)).toEqual(await whole.encodeImage(pixels))
    const refused = { code: 'TENSOR_INVALID', message: expect.stringMatching(/c_fc.* at 7 /) as string }
    for (const call of [() => model.encodeText(tokens), () => model.preload(), () => model.toBlob()]) {
      await expect(call()).rejects.toMatchObject(refused)
    }
    model.dispose()
  })

  it.each([{ runtime: 'compiled' }, { device: 'wasm' }] as const)(
    'stops being read when it is disposed, on %j',
    async (options) => {
      const tensors = memory().numTensors
      const source = logged()
      const model = await DreamLIP.load(source, options)
      const call = model.encodeImage(pixels)
      let release = () => {}
      const held = new Promise<void>((resolve) => (release = resolve))
      const started = new Promise<void>((resolve) => {
        source.before = async () => (resolve(), held)
      })
      await started
      model.dispose()
      await expect(call).rejects.toMatchObject({ code: 'DISPOSED' })
      release()
      await expect(model.preload()).rejects.toMatchObject({ code: 'DISPOSED' })
      expect(source.closed).toBe(1)
      expect(memory().numTensors).toBe(tensors)
    },
  )
})

describe('preload', () => {
  it('reads the towers that it is asked for, with progress, and both by default', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    const steps: Progress[] = []
    await model.preload({ towers: ['text'] })
    expect(towersIn(source.ranges)).toEqual(new Set(['neither', 'text']))
    await model.preload({ onProgress: (step) => steps.push(step) })
    expect(towersIn(source.ranges)).toEqual(new Set(['neither', 'image', 'text']))
    expect(steps.at(-1)).toMatchObject({ stage: 'load', done: steps.at(-1)!.total })
    const read = source.ranges.length
    await model.encodeImage(pixels)
    await model.preload()
    expect(source.ranges.length).toBe(read)
    model.dispose()
  })

  it('refuses unknown towers, and those that the file does not contain', async () => {
    const tower = safetensorsBlob(new Map([...whole.parameters].filter(([name]) => name.startsWith('visual.'))))
    const model = await DreamLIP.load(tower, { config: config(16), onWarning: () => {} })
    await expect(model.preload({ towers: ['images' as 'image'] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(model.preload({ towers: ['text'] })).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
    await model.preload()
    model.dispose()
  })

  it('can be aborted', async () => {
    const source = logged()
    const model = await DreamLIP.load(source)
    const controller = new AbortController()
    source.before = async () => controller.abort()
    await expect(model.preload({ signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
    model.dispose()
  })

  it('reads the weights of every worker', async () => {
    const model = await DreamLIP.load(`${server.url}/models/model.safetensors`, { workers: 2 })
    const before = server.requests.length
    const steps: Progress[] = []
    await model.preload({ towers: ['image'], onProgress: (step) => steps.push(step) })
    expect(steps.at(-1)!.done).toBe(steps.at(-1)!.total)
    const after = server.requests.length
    expect(after - before).toBeGreaterThan(2)
    const images = await Promise.all([model.encodeImage(pixels), model.encodeImage(pixels)])
    const { data } = await whole.encodeImage(pixels)
    // Workers share the processors, and sums with a different number of threads round differently.
    for (const image of images) image.data.forEach((value, i) => expect(value).toBeCloseTo(data[i]!, 5))
    expect(server.requests.length).toBe(after)
    await expect(model.preload({ towers: ['words' as 'text'] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await model[Symbol.asyncDispose]()
  })
})

describe('the parameters of a model that has not read its file', () => {
  it('have names and shapes; values come from the file', async () => {
    const model = await DreamLIP.load(logged())
    expect([...model.parameters].map(([name, { shape }]) => [name, shape])).toEqual(
      [...whole.parameters].map(([name, { shape }]) => [name, shape]),
    )
    const projection = model.parameters.get('visual.proj')!
    expect(model.parameters.get('logit_scale')!.data).toEqual(whole.parameters.get('logit_scale')!.data)
    expect(() => projection.data).toThrow(
      expect.objectContaining({ code: 'READ_ASYNC', message: expect.stringMatching(/model\.preload\(\)/) }),
    )
    expect(await projection.read()).toEqual(whole.parameters.get('visual.proj')!.data)
    expect(projection.data).toEqual(whole.parameters.get('visual.proj')!.data)
    model.dispose()
  })

  it('are all in the file that is saved, in the same order', async () => {
    const model = await DreamLIP.load(logged())
    await model.encodeText(tokens)
    const [saved, expected] = await Promise.all([model, whole].map(async (each) => (await each.toBlob()).arrayBuffer()))
    expect(Buffer.from(saved!).equals(Buffer.from(expected!))).toBe(true)
    const again = await DreamLIP.load(logged())
    await again.save(join(folder, 'saved.safetensors'))
    expect(readFileSync(join(folder, 'saved.safetensors')).equals(Buffer.from(expected!))).toBe(true)
    for (const each of [model, again]) each.dispose()
  })

  it('agree with those of another device', async () => {
    const model = await DreamLIP.load(logged())
    expect(await model.selfCheck()).toMatchObject({ ok: true })
    model.dispose()
  })
})

describe('a large local file', () => {
  const path = join(folder, 'large.safetensors')
  beforeAll(async () => writeFileSync(path, await fileOf(128)))

  it('is read later, and must not have changed until then', async () => {
    const model = await DreamLIP.load(path)
    await model.encodeImage(pixels)
    const file = openSync(path, 'r+')
    writeSync(file, Uint8Array.of(1, 2, 3, 4), 0, 4, 20_000_000)
    closeSync(file)
    utimesSync(path, new Date(2020, 1), new Date(2020, 1))
    await expect(model.encodeText(tokens)).rejects.toMatchObject({ code: 'DATA_CHANGED' })
    await model.encodeImage(pixels)
    model.dispose()
  })

  it('neither keeps a process alive nor causes warnings if the model is forgotten', async () => {
    const run = promisify(execFile)
    const program = `
      import { DreamLIP } from './src/index.ts'
      const use = async () => {
        for (let i = 0; i < 3; i++) await DreamLIP.load(${JSON.stringify(path)})
      }
      await use()
      for (let i = 0; i < 5; i++) {
        globalThis.gc()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      const model = await DreamLIP.load(${JSON.stringify(path)})
      console.log((await model.encodeImage({ pixels: new Float32Array(3 * 32 * 32), shape: [1, 3, 32, 32] })).shape)`
    // tsx calls an API that Node 26 will remove.
    const args = [
      '--disable-warning=DEP0205',
      '--expose-gc',
      '--import',
      'tsx',
      '--import',
      './scripts/tfjs-modules.mjs',
      '--input-type=module',
    ]
    const { stdout, stderr } = await run(process.execPath, [...args, '--eval', program])
    expect(stdout.trim()).toBe('[ 1, 8 ]')
    expect(stderr).toBe('')
  })
})
