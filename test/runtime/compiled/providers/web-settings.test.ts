/** The number of threads that ONNX Runtime gets in pages and workers, and the proxy. */
import { describe, expect, it } from 'vitest'
import { env } from 'onnxruntime-common'
import { prepareSettings, type Page } from '../../../../src/runtime/compiled/providers/web-settings'

function prepared(wasm: { numThreads?: number; proxy?: boolean }, page: Page): number | undefined {
  const settings = { ...env, wasm }
  prepareSettings(settings, page)
  return settings.wasm.numThreads
}

const page = (hardwareConcurrency?: number): Page => {
  return { crossOriginIsolated: true, navigator: { hardwareConcurrency }, document: {} }
}

describe('threads', () => {
  it('are two on two processors', () => expect(prepared({}, page(2))).toBe(2))

  it('are what ONNX Runtime chooses on more or fewer processors, or on a number that the browser hides', () => {
    for (const processors of [1, 3, 4, 8, 64, undefined]) expect(prepared({}, page(processors))).toBeUndefined()
  })

  it('are what the page says', () => {
    expect(prepared({ numThreads: 1 }, page(2))).toBe(1)
    expect(prepared({ numThreads: 8 }, page(2))).toBe(8)
  })

  it('need an isolated page', () => {
    expect(prepared({}, { ...page(2), crossOriginIsolated: false })).toBeUndefined()
  })
})

describe('the proxy', () => {
  it('is refused by name, with what to do', () => {
    expect(() => prepared({ proxy: true }, page(2))).toThrow(
      expect.objectContaining({ code: 'DEPENDENCY_UNSUPPORTED', message: expect.stringMatching(/env\.wasm\.proxy: expected false/) }), // prettier-ignore
    )
  })

  it('does nothing in a worker, where ONNX Runtime ignores it', () => {
    expect(prepared({ proxy: true }, { ...page(2), document: undefined })).toBe(2)
  })
})
