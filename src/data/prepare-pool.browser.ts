/** Prepares samples in browsers: on this thread, as images/preprocess-pool.browser.ts says why. */
export { prepareSample as prepareInPool } from './prepare-sample'
