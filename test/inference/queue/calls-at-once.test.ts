/** Simultaneous calls on one model: the same results as single calls, from far fewer runs. */
import { memory } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { DreamLIP, type Progress } from '../../../src/index'
import { stateOf } from '../../../src/inference/model-state'
import type { HostArray } from '../../../src/runtime/runtime'
import { largestDifference } from '../../ops/compare'

const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 2, width: 64, patch_size: 8 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 64, heads: 1, layers: 2 },
}
const picture = (value: number) => ({
  data: Uint8Array.from({ length: 3 * 20 * 16 }, (_, i) => (i * value) % 251),
  width: 20,
  height: 16,
  channels: 3 as const,
})
const pictures = Array.from({ length: 20 }, (_, i) => picture(i + 1))
/** Three full batches: with a long `maxDelay`, the number of runs does not depend on how fast images are read. */
const threeBatches = Array.from({ length: 24 }, (_, i) => picture(i + 1))
const words = 'a red bus waits near the old stone bridge while two people cross it slowly in heavy rain'.split(' ')
const texts = Array.from({ length: 50 }, (_, i) => words.slice(i % 4, 2 + ((i * 7) % words.length)).join(' ') + ` ${i}`)

/** The shapes of the first input of every run of a program. */
function watch(model: DreamLIP, program: 'image' | 'text') {
  const { programs } = stateOf(model).encoder
  const shapes: (readonly number[])[] = []
  const { run } = programs[program]
  programs[program].run = ((inputs: Record<string, HostArray>) => {
    shapes.push([...Object.values(inputs)[0]!.shape, ...(inputs.ends?.shape.slice(1) ?? [])])
    return run(inputs as never)
  }) as typeof run
  return shapes
}

async function oneByOne<T>(calls: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  for (const call of calls) results.push(await call())
  return results
}

describe.each([
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'eager' },
  { device: 'wasm', runtime: 'eager' },
] as const)('calls at once on $device, $runtime', (options) => {
  it('give texts what they get alone, from a few runs', async () => {
    const model = await DreamLIP.create(config, options)
    const calls = texts.map((text) => () => model.encodeText(text))
    const alone = await oneByOne(calls)
    const shapes = watch(model, 'text')
    const together = await Promise.all(calls.map((call) => call()))
    expect(shapes.length).toBeLessThanOrEqual(5)
    together.forEach(({ data, shape }, i) => {
      expect(shape).toEqual([1, 16])
      expect(largestDifference(data, alone[i]!.data)).toBeLessThan(1e-6)
    })
    model.dispose()
  })

  it('give images what they get alone, from full batches', async () => {
    const single = await DreamLIP.create(config, options)
    const alone = await oneByOne(threeBatches.map((image) => () => single.encodeImage(image)))
    single.dispose()
    const model = await DreamLIP.create(config, { ...options, queue: { maxDelay: 60_000 } })
    const shapes = watch(model, 'image')
    const together = await Promise.all(threeBatches.map((image) => model.encodeImage(image)))
    expect(shapes.map(([count]) => count)).toEqual([8, 8, 8])
    together.forEach(({ data }, i) => expect(largestDifference(data, alone[i]!.data)).toBeLessThan(1e-6))
    model.dispose()
  })

  it('of all kinds free what they used', async () => {
    const model = await DreamLIP.create(config, options)
    const [image] = pictures as [(typeof pictures)[0]]
    const work = () =>
      Promise.all([
        ...texts.slice(0, 5).map((text) => model.encodeText(text)),
        ...pictures.map((each) => model.encodeImage(each)),
        model.encodePatches(pictures.slice(0, 3), { project: true }),
        model.encodePatches(image, { project: true }),
        model.classify(pictures, ['a cat', 'a dog']),
        model.classify(image, ['a cat', 'a bus']),
        model.ground(image, 'A cat. A dog.'),
        model.segment(image, ['a cat', 'a dog']),
        model.similarity(pictures, texts),
      ])
    const first = await work()
    const tensors = memory().numTensors
    const second = await work()
    expect(memory().numTensors).toBe(tensors)
    expect(stateOf(model).encoder.queues.room.taken).toBe(0)
    expect(JSON.stringify(second.at(-1)).length).toBe(JSON.stringify(first.at(-1)).length)
    model.dispose()
  })
})

describe('calls at once', () => {
  const compiled = { device: 'cpu', runtime: 'compiled' } as const

  it('use few shapes on devices that prepare a graph for each', async () => {
    const model = await DreamLIP.create(config, compiled)
    const [ofTexts, ofImages] = [watch(model, 'text'), watch(model, 'image')]
    for (let round = 0; round < 30; round++) {
      const some = texts.filter((_, i) => (i * 31 + round * 17) % 50 < 2 + round)
      await Promise.all(some.map((text) => model.encodeText(text)))
      await Promise.all(pictures.slice(round % 20).map((image) => model.encodeImage(image)))
    }
    // ONNX Runtime's sessions are kept for 16 shapes.
    expect(new Set(ofTexts.map(String)).size).toBeLessThanOrEqual(14)
    expect(new Set(ofImages.map((shape) => shape[0])).size).toBeLessThanOrEqual(4)
    model.dispose()
  })

  it('leave a single call exactly as it is without them', async () => {
    const model = await DreamLIP.create(config, compiled)
    const shapes = watch(model, 'image')
    await model.encodeImage(pictures)
    expect(shapes.map(([count]) => count)).toEqual([8, 8, 4])
    const ofTexts = watch(model, 'text')
    await model.encodeText(texts)
    const alone = [...ofTexts]
    await model.encodeText(texts)
    expect(ofTexts).toEqual([...alone, ...alone])
    model.dispose()
  })

  it('answer small calls while a large one runs, which reports its own progress', async () => {
    const model = await DreamLIP.create(config, compiled)
    const progress: Progress[] = []
    const large = model.encodeImage(
      Array.from({ length: 400 }, (_, i) => pictures[i % 20]!),
      {
        onProgress: (step) => progress.push(step),
      },
    )
    while (progress.length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    await Promise.all(pictures.map((image) => model.encodeImage(image)))
    expect(progress.length).toBeLessThan(50) // before the large call is done
    expect((await large).shape).toEqual([400, 16])
    expect(progress.map(({ done }) => done)).toEqual(Array.from({ length: 50 }, (_, i) => 8 * (i + 1)))
    model.dispose()
  })

  it('end alone when they are aborted', async () => {
    const model = await DreamLIP.create(config, compiled)
    const controller = new AbortController()
    const reason = new Error('enough')
    const calls = pictures.map((image, i) => model.encodeImage(image, i % 3 === 0 ? { signal: controller.signal } : {}))
    const ofTexts = texts.map((text, i) => model.encodeText(text, i % 2 === 0 ? { signal: controller.signal } : {}))
    setImmediate(() => controller.abort(reason))
    const outcomes = await Promise.allSettled([...calls, ...ofTexts])
    outcomes.forEach((outcome, i) => {
      const isAborted = i < 20 ? i % 3 === 0 : (i - 20) % 2 === 0
      if (!isAborted) expect(outcome.status).toBe('fulfilled')
      else if (outcome.status === 'rejected') expect(outcome.reason).toBe(reason)
    })
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    expect((await model.encodeImage(pictures[0]!)).shape).toEqual([1, 16])
    model.dispose()
  })

  it('all reject with DISPOSED when the model is disposed, and none is left waiting', async () => {
    const model = await DreamLIP.create(config, compiled)
    const calls = [...pictures.map((image) => model.encodeImage(image)), ...texts.map((text) => model.encodeText(text))]
    setTimeout(() => model.dispose(), 0)
    const outcomes = await Promise.allSettled(calls)
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(rejected.length).toBeGreaterThan(0)
    for (const { reason } of rejected) expect(reason).toMatchObject({ code: 'DISPOSED' })
  })

  it('are refused with QUEUE_FULL beyond queue.maxWaiting, and later calls are not', async () => {
    const model = await DreamLIP.create(config, { ...compiled, queue: { maxWaiting: 20 } })
    const outcomes = await Promise.allSettled(texts.map((text) => model.encodeText(text)))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused).toHaveLength(30)
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'QUEUE_FULL', message: expect.stringContaining('at most 20 texts') })
    }
    // Only one batch of a large call counts.
    expect((await model.encodeText(texts)).shape).toEqual([50, 16])
    await Promise.all(pictures.map((image) => model.encodeImage(image)))
    model.dispose()
  })

  it('check the options of the queue', async () => {
    for (const queue of [{ maxDelay: -1 }, { maxWaiting: 0 }, 'fast']) {
      await expect(DreamLIP.create(config, { ...compiled, queue: queue as never })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/^queue/),
      })
    }
  })
})
