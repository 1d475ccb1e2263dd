/** The settings of onnxruntime-web that have to be right before its first session. */
import type { Env } from 'onnxruntime-common'
import { DreamLIPError } from '../../../errors'

/** What the settings depend on: parts of the global scope of a page or worker. */
export interface Page {
  readonly crossOriginIsolated?: boolean
  readonly navigator: { readonly hardwareConcurrency?: number }
  /** Workers have none. */
  readonly document?: object
}

/**
 * By default ONNX Runtime uses half of the logical processors, at most four. Of two processors it would leave one idle, so it gets
 * both. A number of threads that the page has set stays.
 * @throws DreamLIPError `DEPENDENCY_UNSUPPORTED` for `env.wasm.proxy`
 */
export function prepareSettings({ wasm }: Pick<Env, 'wasm'>, page: Page = globalThis): void {
  if (wasm.proxy && page.document) throw refuseProxy()
  if (!wasm.numThreads && page.crossOriginIsolated && page.navigator.hardwareConcurrency === 2) wasm.numThreads = 2
}

/** The proxy transfers the memory of every input to its worker at each run, and with it the weights that all runs share. */
function refuseProxy(): DreamLIPError {
  return new DreamLIPError(
    'DEPENDENCY_UNSUPPORTED',
    "onnxruntime-web's env.wasm.proxy: expected false; got true. The proxy takes the weights away from the page at the first run. " +
      'Leave env.wasm.proxy out, and use DreamLIP.load(source, { worker: true }) to keep the page responsive.',
  )
}
