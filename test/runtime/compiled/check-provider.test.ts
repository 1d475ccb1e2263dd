import * as ort from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { checkProvider } from '../../../src/runtime/compiled/check-provider'
import type { OnnxRuntime } from '../../../src/runtime/compiled/providers/provider'

/** ONNX Runtime with other results than the real ones. */
function withResults(change: (results: { floats: Float32Array; integers: Float32Array }) => void): OnnxRuntime {
  const create = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    const session = await ort.InferenceSession.create(model, options)
    const run = session.run.bind(session)
    session.run = async (feeds: Parameters<typeof run>[0]) => {
      const results = await run(feeds)
      const data = (name: string) => results[name]!.data as Float32Array
      change({ floats: data('floats'), integers: data('integers') })
      return results
    }
    return session
  }
  return { ...ort, InferenceSession: { create } as unknown as typeof ort.InferenceSession }
}

it('A provider clips products of integers if they are smaller than those of floats', async () => {
  const results = (floats: number, integers: number) =>
    withResults((of) => {
      of.floats.fill(floats)
      of.integers.fill(integers)
    })
  expect(await checkProvider(results(128, 128.0001), 'cpu')).toEqual({ clips: false })
  expect(await checkProvider(results(128, 96.4), 'cpu')).toEqual({ clips: true })
})

it('A provider with a wrong product of floats is refused', async () => {
  await expect(
    checkProvider(
      withResults(({ floats }) => void floats.fill(0)),
      'cpu',
    ),
  ).rejects.toThrow('64 · 2 gave 0')
})

it('A provider that does not exist is refused', async () => {
  await expect(checkProvider(ort, 'none')).rejects.toThrow()
})
