/** A model in a Node worker thread behaves like one on this thread: results, errors, progress, warnings, aborts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, Trainer, type DreamLIPError } from '../../../../src/index.node.ts'
import { largestDifference } from '../../../ops/compare'
import { serveFiles } from '../../../browser/file-server'

const golden = 'examples/golden/golden.pt'
const photos = ['rocket.jpg', 'coffee.png', 'chelsea.png'].map((name) => `examples/photos/${name}`)
const photo = photos[0]!
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-worker-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const here = await DreamLIP.load(golden)
const there = await DreamLIP.load(golden, { worker: true })
afterAll(async () => {
  here.dispose()
  await there[Symbol.asyncDispose]()
})

const both = async <T>(work: (model: DreamLIP) => Promise<T>) => [await work(here), await work(there)] as const

async function failureOf(work: () => Promise<unknown>): Promise<DreamLIPError> {
  return work().then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as DreamLIPError,
  )
}

describe('a model in a worker', () => {
  it('knows what the model here knows', () => {
    for (const name of [
      'config',
      'preprocessing',
      'dtype',
      'assumptions',
      'source',
      'attention',
      'logitScale',
    ] as const) {
      expect(there[name], name).toEqual(here[name])
    }
    expect(there.device).toMatchObject({ name: 'cpu', backend: 'onnxruntime-node', workers: 1 })
    expect(there.device.reason).toMatch(/; a worker computes$/)
    expect(here.device.workers).toBeUndefined()
  })

  const pixels = { pixels: new Float32Array(2 * 3 * 224 * 224).fill(0.5), shape: [2, 3, 224, 224] as const }
  const bytes = readFileSync(photo)
  let large: Uint8Array
  beforeAll(async () => {
    large = new Uint8Array(await sharp(photo).resize(1600, 1200, { fit: 'fill' }).jpeg().toBuffer())
  })
  const raw = {
    data: new Uint8Array(3 * 300 * 200).map((_, i) => i % 251),
    width: 300,
    height: 200,
    channels: 3 as const,
  }
  const classifier = async (model: DreamLIP) => ({ labels: ['a', 'b'], embeddings: await model.encodeText(['a', 'b']) })
  const methods: Record<string, (model: DreamLIP) => Promise<unknown>> = {
    'encodeImage of paths': (model) => model.encodeImage(photos),
    'encodeImage of many, in several batches': (model) =>
      model.encodeImage([...photos, ...photos, ...photos], { batchSize: 2, normalize: false }),
    'encodeImage of bytes, a Blob, an ArrayBuffer, pixels and a URL': (model) =>
      model.encodeImage([
        bytes,
        new Blob([bytes]),
        new Uint8Array(bytes).buffer,
        raw,
        new URL(`file://${process.cwd()}/${photo}`),
      ]),
    'encodeImage of preprocessed pixels': (model) => model.encodeImage(pixels),
    'encodeImage of a large photograph, decoded fast': (model) => model.encodeImage(large, { decode: 'fast' }),
    'encodeText of strings': (model) => model.encodeText(['a rocket', 'a cat '.repeat(100)]),
    'encodeText of ids': (model) => model.encodeText({ tokens: [[49406, 320, 49407]] }),
    encodePatches: (model) => model.encodePatches(photos, { project: true }),
    similarity: (model) => model.similarity(photos, ['a rocket', 'coffee']),
    classify: (model) => model.classify(photo, ['rocket', 'cat'], { templates: ['a {}.', 'the {}'] }),
    'classify with a classifier': async (model) => model.classify(photo, await classifier(model)),
    ground: (model) => model.ground(photo, 'A rocket starts. It smokes.'),
    segment: (model) => model.segment(photo, ['rocket', 'sky']),
    toBlob: async (model) => new Uint8Array(await (await model.toBlob({ tokens: new Set([320, 321]) })).arrayBuffer()),
    save: async (model) => {
      await model.save(join(folder, 'saved.pt'), { dtype: 'float16' })
      return readFileSync(join(folder, 'saved.pt'))
    },
    exportOnnx: async (model) => {
      const [file] = await model.exportOnnx(join(folder, 'image.onnx'), { part: 'image' })
      return readFileSync(file!)
    },
    parameters: async (model) => {
      const read = [...model.parameters].map(async ([name, tensor]) => [name, tensor.shape, await tensor.read()])
      return Promise.all(read)
    },
  }
  it('decodes as the option says', async () => {
    const [exact, fast] = [await there.encodeImage(large), await there.encodeImage(large, { decode: 'fast' })]
    expect(fast.data).not.toEqual(exact.data)
    const unknown = await failureOf(() => there.encodeImage(large, { decode: 'quick' as never }))
    expect(unknown.message).toBe('decode: expected one of exact, fast; got "quick".')
  })

  it.each(Object.keys(methods))('gives the same bytes: %s', async (name) => {
    const [expected, actual] = await both(methods[name]!)
    expect(actual).toEqual(expected)
  })

  it('checks its device as the model here does', async () => {
    const [expected, { seconds: _, ...actual }] = await both((model) => model.selfCheck())
    expect(actual).toMatchObject({ ok: true, image: expected.image, text: expected.text })
  })

  it("leaves the caller's buffers alone", async () => {
    const data = new Float32Array(3 * 224 * 224 + 7).subarray(7)
    const own = new Uint8Array(bytes)
    await there.encodeImage([{ data, shape: [3, 224, 224] }, own.buffer, own])
    expect([data.length, own.length]).toEqual([3 * 224 * 224, bytes.length])
  })

  it('remembers the attention that is set', async () => {
    for (const model of [here, there]) model.attention = 'value'
    const [expected, actual] = await both((model) => model.ground(photo, ['a rocket']))
    expect(there.attention).toBe('value')
    expect(actual).toEqual(expected)
    for (const model of [here, there]) model.attention = 'correlative'
  })

  it('gives parameters only asynchronously', async () => {
    const weight = there.parameters.get('visual.proj')!
    expect(() => weight.data).toThrow(
      expect.objectContaining({ code: 'READ_ASYNC', message: expect.stringMatching(/visual\.proj.*read\(\)/) }),
    )
    expect(await weight.read()).toEqual(here.parameters.get('visual.proj')!.data)
  })

  const wrong: Record<string, (model: DreamLIP) => Promise<unknown>> = {
    'a missing file': (model) => model.encodeImage([photo, 'no-such.jpg']),
    'a file that is no image': (model) => model.encodeImage(golden),
    'a wrong image': (model) => model.encodeImage([5 as never]),
    'wrong options': (model) => model.encodeImage(photo, { batchSize: 0 }),
    'options of a wrong type': (model) => model.encodeText('a', 7 as never),
    'a wrong signal': (model) => model.encodeText('a', { signal: {} as never }),
    'a wrong callback': (model) => model.encodeText('a', { onProgress: 5 as never }),
    'wrong texts': (model) => model.encodeText([1] as never),
    'equal labels': (model) => model.classify(photo, ['a', 'a']),
    'a folder that cannot be written': (model) => model.save(join(folder, 'no/such/folder.pt')),
  }
  it.each(Object.keys(wrong))('fails with the same error: %s', async (name) => {
    const [expected, actual] = await both((model) => failureOf(() => wrong[name]!(model)))
    const describe = (error: unknown): unknown =>
      error instanceof Error
        ? [
            error.constructor.name,
            error.message.replace(/[0-9a-f]{16}\.tmp/, '.tmp'),
            (error as DreamLIPError).code,
            describe(error.cause),
          ]
        : undefined
    expect(describe(actual)).toEqual(describe(expected))
  })

  it('names what cannot be sent', async () => {
    const circle: { data?: unknown } = {}
    circle.data = circle
    for (const image of [() => 1, { data: new Float32Array(3), other: Symbol('a') }, circle]) {
      const error = await failureOf(() => there.encodeImage([photo, image as never]))
      expect(error).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^images\[1\].*: expected/),
      })
    }
    const source = { name: 'mine', byteLength: 1, read: async () => new Uint8Array(1), close: async () => undefined }
    await expect(DreamLIP.load(source as never, { worker: true })).rejects.toThrow(
      /^source\.read: expected a value that can be sent/,
    )
  })

  it('reports progress before the answer, and stops when the callback throws', async () => {
    const steps = (model: DreamLIP) => {
      const seen: unknown[] = []
      return model.encodeImage(photos, { batchSize: 1, onProgress: (step) => seen.push(step) }).then(() => seen)
    }
    const [expected, actual] = await both(steps)
    expect(actual).toEqual(expected)
    const failing = there.encodeImage(photos, {
      batchSize: 1,
      onProgress: () => {
        throw new RangeError('mine')
      },
    })
    await expect(failing).rejects.toThrow(new RangeError('mine'))
  })

  it('aborts a call that runs and one that waits, and goes on', async () => {
    const [running, waiting] = [new AbortController(), new AbortController()]
    const calls = [running, waiting].map(({ signal }) =>
      there.encodeImage(Array(64).fill(photo), { signal, batchSize: 1 }),
    )
    const failures = calls.map((call) => failureOf(() => call))
    running.abort(new Error('enough'))
    waiting.abort(new Error('too much'))
    expect((await Promise.all(failures)).map(({ message }) => message)).toEqual(['enough', 'too much'])
    await expect(there.encodeText('a', { signal: running.signal })).rejects.toThrow('enough')
    expect((await there.encodeText('a')).shape).toEqual([1, 32])
  })

  it('takes 200 calls with one signal without a warning', async () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    for (const model of [here, there]) {
      const { signal } = new AbortController()
      await Promise.all(Array.from({ length: 200 }, (_, i) => model.encodeText(`text ${i}`, { signal })))
      await Promise.all(Array.from({ length: 40 }, () => model.encodeImage(photo, { signal })))
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    process.off('warning', note)
    expect(warnings.map(({ name }) => name)).toEqual([])
  })

  it('refuses to be trained', async () => {
    const data = { size: 8, batchSize: 2, fingerprint: 'a', batches: () => [] } as never
    const trainer = new Trainer({ model: there, data, schedule: { learningRate: 1e-3 } })
    await expect(trainer.fit({ steps: 1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: /expected a model on this thread; its weights are in a worker/,
    })
  })
})

describe('opening a model in a worker', () => {
  it('reads a Blob, bytes and an http address, with headers and progress', async () => {
    const bytes = readFileSync(golden)
    const server = await serveFiles({ golden: 'examples/golden' })
    const steps: number[] = []
    try {
      for (const source of [new Blob([bytes]), bytes, `${server.url}/golden/golden.pt`]) {
        const model = await DreamLIP.load(source, { worker: true, onProgress: ({ done }) => steps.push(done) })
        expect(await model.encodeText('a')).toEqual(await here.encodeText('a'))
        model.dispose()
      }
    } finally {
      await server.close()
    }
    expect(bytes.length).toBeGreaterThan(0)
    expect(steps.length).toBeGreaterThan(30)
  })

  it('creates the model of a seed', async () => {
    const config = {
      embed_dim: 8,
      vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
      text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
    }
    const made = [await DreamLIP.create(config, { seed: 3, worker: true }), await DreamLIP.create(config, { seed: 3 })]
    const [actual, expected] = await Promise.all(made.map((model) => model.encodeText('a red bus')))
    expect(actual).toEqual(expected)
    made.forEach((model) => model.dispose())
  })

  it('passes on warnings and errors', async () => {
    const warnings: string[] = []
    const options = { onWarning: (message: string) => void warnings.push(message) }
    const file = 'test/fixtures/models/hugging-face.safetensors'
    const models = [await DreamLIP.load(file, options), await DreamLIP.load(file, { ...options, worker: true })]
    expect(warnings).toHaveLength(2)
    expect(warnings[1]).toBe(warnings[0])
    models.forEach((model) => model.dispose())
    const failures = [{}, { worker: true }].map((options) => failureOf(() => DreamLIP.load('no-such.pt', options)))
    const [expected, actual] = await Promise.all(failures)
    expect(actual).toMatchObject({ code: expected!.code, message: expected!.message })
  })

  it('stops when it is aborted', async () => {
    const controller = new AbortController()
    const loading = DreamLIP.load(golden, { worker: true, signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 20)
    await expect(loading).rejects.toThrow('enough')
  })

  it.each([
    ['worker', { worker: 5 }],
    ['workers', { workers: 0 }],
    ['workers', { worker: true, workers: 1.5 }],
    ['threads', { threads: 0 }],
  ])('refuses a wrong value of %s', async (name, options) => {
    const error = await failureOf(() => DreamLIP.load(golden, options as never))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(`^${name}: expected`) })
  })

  it('says that a file of its own does not start', async () => {
    for (const worker of ['no/such/worker.mjs', new URL('file:///no/such/worker.mjs')]) {
      await expect(DreamLIP.load(golden, { worker })).rejects.toMatchObject({
        code: 'WORKER_FAILED',
        message: /^The worker of this model could not be started: .*worker\.mjs/,
      })
    }
  })

  it('says that its worker ended, to running calls and to later ones', async () => {
    const workers: Worker[] = []
    const file = new URL('../../../../src/inference/engine/worker/model-worker.node.ts', import.meta.url)
    const teach = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})))`
    const worker = () => (workers.push(new Worker(teach, { eval: true })), workers.at(-1)!)
    const model = await DreamLIP.load(golden, { worker })
    const running = failureOf(() => model.encodeImage(Array(64).fill(photo)))
    await workers[0]!.terminate()
    const message = /^The worker of this model ended: exit code 1\. Load the model again/
    expect(await running).toMatchObject({ code: 'WORKER_FAILED', message: expect.stringMatching(message) })
    expect(await failureOf(() => model.encodeText('a'))).toMatchObject({ code: 'WORKER_FAILED' })
    model.dispose()
    expect(await failureOf(() => model.encodeText('a'))).toMatchObject({ code: 'DISPOSED' })
  })
})

describe('several workers', () => {
  it('share the calls, and give what one gives', async () => {
    const progress: number[] = []
    const model = await DreamLIP.load(golden, { workers: 2, onProgress: ({ done }) => progress.push(done) })
    expect(model.device).toMatchObject({ workers: 2, reason: expect.stringMatching(/; 2 workers compute$/) })
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    // Calls at the same time may share a batch, whose size changes the last bits.
    const answers = await Promise.all(photos.map((name) => model.encodeImage(name)))
    for (const [i, { data }] of answers.entries()) {
      expect(largestDifference(data, (await here.encodeImage(photos[i]!)).data)).toBeLessThan(1e-5)
    }
    await model[Symbol.asyncDispose]()
  })
})
