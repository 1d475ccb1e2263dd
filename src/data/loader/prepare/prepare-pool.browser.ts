/** Prepares samples in browsers, on this thread. images/preprocess/preprocess-pool.browser.ts says why. */
export { prepareSample as prepareInPool } from './prepare-sample'

export function sharedPixels(length: number): Float32Array {
  return new Float32Array(length)
}
