import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DreamLIPError } from '../../../src/errors'
import { createBatchQueue, type BatchWork } from '../../../src/inference/queue/batch-queue'
import { queueLimits, type QueueOptions } from '../../../src/inference/queue/queue-options'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Work that takes several turns of the event loop, and records its batches. */
function recordingWork({ turns = (): number => 2, failing = new Set<string>(), padded = (size: number) => size } = {}) {
  const batches: string[][] = []
  let atOnce = 0
  const work: BatchWork<string, string> = {
    things: 'images',
    paddedSize: padded,
    async run(portions) {
      expect(++atOnce).toBe(1)
      for (let i = turns(); i > 0; i--) await turn()
      atOnce--
      const wrong = portions.find((portion) => failing.has(portion))
      if (wrong) throw new Error(`failed ${wrong}`)
      batches.push([...portions])
      return portions.map((portion) => `result of ${portion}`)
    },
  }
  return { work, batches }
}

const open = (parts: Parameters<typeof recordingWork>[0] = {}, options: QueueOptions = {}) => {
  const { work, batches } = recordingWork(parts)
  return { queue: createBatchQueue(work, queueLimits(options)), batches }
}

const one = { size: 1, most: 8 }
const names = (count: number) => Array.from({ length: count }, (_, i) => `${i}`)
const powerOfTwo = (size: number) => 2 ** Math.ceil(Math.log2(size))

describe('a queue of batches', () => {
  it('gathers the calls of one turn, in order of arrival', async () => {
    const { queue, batches } = open()
    const results = await Promise.all(names(20).map((name) => queue.add(name, one)))
    expect(results).toEqual(names(20).map((name) => `result of ${name}`))
    expect(batches.map((batch) => batch.length)).toEqual([8, 8, 4])
    expect(batches.flat()).toEqual(names(20))
  })

  it('gathers what arrives while a batch runs', async () => {
    const { queue, batches } = open({ turns: () => 10 })
    const first = queue.add('first', one)
    await turn()
    await turn()
    const later = names(3).map(async (name) => {
      await turn()
      return queue.add(name, one)
    })
    await Promise.all([first, ...later])
    expect(batches).toEqual([['first'], ['0', '1', '2']])
  })

  it('fills no batch up with nothing if a smaller one fits', async () => {
    const { queue, batches } = open({ padded: powerOfTwo })
    await Promise.all(names(13).map((name) => queue.add(name, one)))
    expect(batches.map((batch) => batch.length)).toEqual([8, 4, 1])
  })

  it('lets a call with thousands of batches and calls with one image take turns', async () => {
    const { queue, batches } = open()
    let done = 0
    const large = (async () => {
      for (let i = 0; i < 1000; i++) {
        await queue.add(`large ${i}`, { size: 8, most: 8 })
        done++
      }
    })()
    while (done < 5) await turn()
    await Promise.all(names(20).map((name) => queue.add(name, one)))
    // Three batches of its own, each preceded by one of the large call.
    expect(done).toBeLessThanOrEqual(10)
    await large
    expect(batches.filter((batch) => batch.length > 1).map((batch) => batch.length)).toEqual([8, 8, 4])
  })

  it('keeps every call within its own batch size', async () => {
    const { queue, batches } = open()
    const small = { size: 1, most: 1 }
    await Promise.all([
      queue.add('a', small),
      queue.add('b', one),
      queue.add('c', { size: 2, most: 2 }),
      queue.add('d', one),
    ])
    expect(batches).toEqual([['a'], ['b', 'd'], ['c']])
  })

  it('rejects an aborted call at once, whether it waits or runs, and no other', async () => {
    const { queue, batches } = open({ turns: () => 30 })
    const [running, waiting] = [new AbortController(), new AbortController()]
    const calls = [queue.add('a', { ...one, signal: running.signal }), queue.add('b', one)]
    await turn()
    await turn()
    calls.push(queue.add('c', { ...one, signal: waiting.signal }), queue.add('d', one))
    running.abort(new Error('enough'))
    waiting.abort(new Error('too late'))
    await expect(calls[0]).rejects.toThrow('enough')
    await expect(calls[2]).rejects.toThrow('too late')
    expect(batches).toEqual([])
    expect(await calls[1]).toBe('result of b')
    expect(await calls[3]).toBe('result of d')
    expect(batches).toEqual([['a', 'b'], ['d']])
  })

  it('rejects only the call that is at fault if a batch fails', async () => {
    const { queue } = open({ failing: new Set(['1']) })
    const results = await Promise.allSettled(names(4).map((name) => queue.add(name, one)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { message: 'failed 1' } })
  })

  it('rejects all calls when it is closed, those that run too, and later ones', async () => {
    const { queue } = open({ turns: () => 30 })
    const calls = names(20).map((name) => queue.add(name, one))
    await turn()
    await turn()
    queue.close(new DreamLIPError('DISPOSED', 'gone'))
    for (const outcome of await Promise.allSettled([...calls, queue.add('later', one)])) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DISPOSED' } })
    }
  })
})

describe('maxDelay', () => {
  it('lets a call wait for others, no longer than it says', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { queue, batches } = open({}, { maxDelay: 60 })
    const first = queue.add('a', one)
    await turn()
    await turn()
    await vi.advanceTimersByTimeAsync(20)
    const second = queue.add('b', one)
    await vi.advanceTimersByTimeAsync(39)
    expect(batches).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    await Promise.all([first, second])
    expect(batches).toEqual([['a', 'b']])
  })

  it('waits for nothing once the batch is full', async () => {
    const { queue, batches } = open({}, { maxDelay: 60_000 })
    const calls = [queue.add('a', one)]
    await turn()
    await turn()
    calls.push(...names(8).map((name) => queue.add(name, one)))
    await Promise.all(calls.slice(0, 8))
    expect(batches[0]).toHaveLength(8)
    queue.close(new Error('closed'))
    await expect(calls[8]).rejects.toThrow('closed')
  })
})

describe('maxWaiting', () => {
  it('refuses a call at once, and names the bound', async () => {
    const { queue } = open({ turns: () => 10 }, { maxWaiting: 10 })
    const ran = vi.fn()
    const first = queue.admit(8, () => queue.add('a', { size: 8, most: 8 }))
    await expect(queue.admit(3, async () => ran())).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      message: expect.stringMatching(/^images: .*at most 10 images .*queue\.maxWaiting.*8 wait.*adds 3/),
    })
    expect(ran).not.toHaveBeenCalled()
    expect(await queue.admit(2, () => queue.add('b', one))).toBe('result of b')
    await first
    expect(queue.waiting).toBe(0)
  })

  it('never refuses a call if nothing waits', async () => {
    const { queue } = open({}, { maxWaiting: 1 })
    expect(await queue.admit(8, () => queue.add('a', { size: 8, most: 8 }))).toBe('result of a')
  })

  it.each([
    { queue: { maxDelay: -1 }, name: 'queue.maxDelay' },
    { queue: { maxDelay: NaN }, name: 'queue.maxDelay' },
    { queue: { maxWaiting: 0 }, name: 'queue.maxWaiting' },
    { queue: { maxWaiting: 1.5 }, name: 'queue.maxWaiting' },
    { queue: 3 as never, name: 'queue' },
  ])('is checked: $queue', ({ queue, name }) => {
    expect(() => queueLimits(queue)).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`${name}: `) }),
    )
  })
})

/** A call: its arrival time, the sizes of its portions, its batch size, and its failure. */
const call = fc.record({
  arrives: fc.nat(30),
  sizes: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 }),
  most: fc.integer({ min: 1, max: 16 }),
  fails: fc.option(fc.nat(5), { freq: 4 }),
  aborts: fc.option(fc.nat(60), { freq: 3 }),
})

describe('for any arrivals, sizes, failures and aborts', () => {
  it.each([0, 5])(
    'every call gets its own results in its own order, nothing is lost or runs twice (maxDelay %d)',
    async (maxDelay) => {
      const property = fc.asyncProperty(
        fc.array(call, { maxLength: 25 }),
        fc.array(fc.nat(4)),
        async (calls, pauses) => {
          const failing = new Set(calls.flatMap(({ fails }, i) => (fails === null ? [] : [`${i}.${fails}`])))
          let run = 0
          const turns = () => pauses[run++ % (pauses.length || 1)] ?? 1
          const sizes = new Map(calls.flatMap(({ sizes }, i) => sizes.map((size, j) => [`${i}.${j}`, size])))
          const { queue, batches } = open({ turns, failing, padded: powerOfTwo }, { maxDelay })
          const made = calls.map(async ({ arrives, sizes, most, aborts }, i) => {
            const controller = new AbortController()
            for (let t = 0; t < arrives; t++) await turn()
            if (aborts !== null) setTimeout(() => controller.abort(`abort ${i}`), aborts / 10)
            const found: string[] = []
            return queue.admit(Math.max(0, ...sizes), async () => {
              for (const [j, size] of sizes.entries()) {
                found.push(await queue.add(`${i}.${j}`, { size, most, signal: controller.signal }))
              }
              return found
            })
          })
          const outcomes = await Promise.allSettled(made)
          outcomes.forEach((outcome, i) => {
            const { sizes, fails, aborts } = calls[i]!
            if (outcome.status === 'fulfilled') {
              expect(outcome.value).toEqual(sizes.map((_, j) => `result of ${i}.${j}`))
              expect(fails === null || fails >= sizes.length).toBe(true)
            } else {
              const own = [fails !== null && `failed ${i}.${fails}`, aborts !== null && `abort ${i}`]
              expect(own).toContain(outcome.reason instanceof Error ? outcome.reason.message : outcome.reason)
            }
          })
          const ran = batches.flat()
          expect(new Set(ran).size).toBe(ran.length)
          for (const batch of batches.filter(({ length }) => length > 1)) {
            const total = batch.reduce((sum, name) => sum + sizes.get(name)!, 0)
            expect(total).toBeLessThanOrEqual(Math.min(...batch.map((name) => calls[Number.parseInt(name)]!.most)))
          }
          expect(queue.waiting).toBe(0)
        },
      )
      await fc.assert(property, { numRuns: 60 })
    },
  )
})
