/**
 * Prepares many images in browsers: on this thread. Browsers decode in threads of their own, devices compute in the GPU's or in
 * workers, and a worker of ours would need a file that not every bundler delivers.
 */
export { preprocessImage as preprocessInPool } from './preprocess'
