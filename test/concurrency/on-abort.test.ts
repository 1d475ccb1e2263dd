import { expect, it } from 'vitest'
import { onAbort } from '../../src/concurrency/on-abort'

it('calls all waiting callbacks, and none that has stopped, with one listener on the signal', () => {
  const controller = new AbortController()
  let listeners = 0
  const { addEventListener } = controller.signal
  controller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++
    addEventListener.apply(controller.signal, args)
  }
  const called: number[] = []
  const stops = Array.from({ length: 1000 }, (_, i) => onAbort(controller.signal, () => called.push(i)))
  stops[1]!()
  controller.abort()
  expect(listeners).toBe(1)
  expect(called).toHaveLength(999)
  expect(called).not.toContain(1)
})

it('treats a missing signal as one that never aborts', () => {
  expect(onAbort(undefined, () => undefined)).toBeTypeOf('function')
})
