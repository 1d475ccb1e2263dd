/** The settings of onnxruntime-web that must be right before its first session. */
import type { Env } from 'onnxruntime-common'
import { DreamLIPError } from '../../../errors'

/** The parts of the global scope of a page or worker that the settings depend on. */
export interface Page {
  readonly crossOriginIsolated?: boolean
  readonly navigator: { readonly hardwareConcurrency?: number }
  /** Workers have none. */
  readonly document?: object
}

/**
 * By default ONNX Runtime uses half of the logical processors, at most four. With two processors it would leave one idle, so it gets
 * both. If the page has set a number of threads, it is kept.
 * @throws DreamLIPError `DEPENDENCY_UNSUPPORTED` for `env.wasm.proxy`
 */
export function prepareSettings({ wasm }: Pick<Env, 'wasm'>, page: Page = globalThis): void {
  if (wasm.proxy && page.document) throw refuseProxy()
  if (!wasm.numThreads && page.crossOriginIsolated && page.navigator.hardwareConcurrency === 2) wasm.numThreads = 2
}

/** The proxy transfers the memory of every input to its worker at each run, including the weights that all runs share. */
function refuseProxy(): DreamLIPError {
  return new DreamLIPError(
    'DEPENDENCY_UNSUPPORTED',
    "onnxruntime-web's env.wasm.proxy: expected false; got true. The proxy transfers the weights to its worker at the first run, so the page loses them. " +
      'Leave env.wasm.proxy out, and use DreamLIP.load(source, { worker: true }) to keep the page responsive.',
  )
}
