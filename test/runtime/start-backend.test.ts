import '@tensorflow/tfjs-backend-cpu'
import { add, getBackend, type KernelBackend, registerBackend, removeBackend } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { startBackend } from '../../src/runtime/start-backend'
import { createEagerRuntime } from '../../src/runtime/eager/eager'

const failing = async (): Promise<KernelBackend> => {
  await Promise.resolve()
  throw new Error('no adapter')
}

it('leaves a backend that does not start behind, and computes on the next one', async () => {
  registerBackend('failing', failing)
  await expect(startBackend('failing')).rejects.toThrow("the TensorFlow.js backend 'failing' did not start")
  await startBackend('cpu')
  const device = { name: 'cpu', runtime: 'eager', backend: '', reason: '' } as const
  const program = createEagerRuntime(device, 'cpu').prepare(({ x }) => ({ y: add(x!, 1) }))
  for (let run = 0; run < 2; run++) {
    const { y } = await program.run({ x: { data: Float32Array.of(2), shape: [1] } })
    expect([...y!.data]).toEqual([3])
  }
  expect(getBackend()).toBe('cpu')
})

it('keeps the active backend active when another one does not start', async () => {
  await startBackend('cpu')
  registerBackend('failing', failing)
  await expect(startBackend('failing')).rejects.toThrow('did not start')
  expect(getBackend()).toBe('cpu')
  expect(() => removeBackend('failing')).toThrow() // it is gone
})
