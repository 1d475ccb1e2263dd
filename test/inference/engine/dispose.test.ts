/** How a model ends while calls are running, on this thread and in a worker. */
import { describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/index.node.ts'

const photo = 'examples/photos/rocket.jpg'

describe.each([
  ['on this thread', {}],
  ['in a worker', { worker: true }],
])('a model %s', (_, options) => {
  const load = () => DreamLIP.load('examples/golden/golden.pt', options)

  it.each(['dispose', Symbol.dispose] as const)('rejects running and later calls after %s', async (method) => {
    const model = await load()
    const running = model.encodeImage(Array(48).fill(photo), { batchSize: 1 })
    const answer = expect(running).rejects.toMatchObject({ code: 'DISPOSED' })
    model[method as 'dispose']()
    model[method as 'dispose']()
    await answer
    await expect(model.encodeText('a')).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(() => model.parameters).toThrow(/disposed/)
    expect(() => model.logitScale).toThrow(/disposed/)
    expect(model.config.embedDim).toBe(32)
  })

  it('waits for running calls with Symbol.asyncDispose, and takes no more', async () => {
    const model = await load()
    const running = model.encodeImage(Array(12).fill(photo), { batchSize: 4 })
    const ended = model[Symbol.asyncDispose]()
    await expect(model.encodeText('a')).rejects.toMatchObject({ code: 'DISPOSED' })
    let answered = false
    void running.then(() => (answered = true))
    await ended
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(true)
    expect((await running).shape).toEqual([12, 32])
    await model[Symbol.asyncDispose]()
  })
})
