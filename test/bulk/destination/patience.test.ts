import { describe, expect, it } from 'vitest'
import { patiently } from '../../../src/bulk/destination/patience'

/** Fails `times` times, then returns the number of calls. */
function failing(times: number): () => Promise<number> {
  let calls = 0
  return () => (calls++ < times ? Promise.reject(new Error(`failure ${calls}`)) : Promise.resolve(calls))
}

describe('patiently', () => {
  it('tries again until it succeeds, and tells each error', async () => {
    const told: string[] = []
    const patience = { seconds: 60, mayPass: () => true, onWait: ({ message }: Error) => told.push(message) }
    expect(await patiently(patience, undefined, failing(2))).toBe(3)
    expect(told).toEqual(['failure 1', 'failure 2'])
  })

  it('gives up at once on an error that cannot pass, and when the time is over', async () => {
    const told: string[] = []
    const onWait = ({ message }: Error) => told.push(message)
    await expect(patiently({ seconds: 60, mayPass: () => false, onWait }, undefined, failing(1))).rejects.toThrow('failure 1') // prettier-ignore
    await expect(patiently({ seconds: 0, mayPass: () => true, onWait }, undefined, failing(1))).rejects.toThrow('failure 1') // prettier-ignore
    expect(told).toEqual([])
    await expect(patiently({ seconds: 0.05, mayPass: () => true, onWait }, undefined, failing(9))).rejects.toThrow('failure 2') // prettier-ignore
    expect(told).toEqual(['failure 1'])
  })

  it('stops waiting when the signal is aborted', async () => {
    const abort = new AbortController()
    const patience = { seconds: 60, mayPass: () => true, onWait: () => abort.abort(new Error('stop')) }
    await expect(patiently(patience, abort.signal, failing(99))).rejects.toThrow('stop')
  })
})
