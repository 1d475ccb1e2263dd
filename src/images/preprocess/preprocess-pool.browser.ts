/**
 * Prepares many images in browsers, on this thread. Browsers decode in their own threads, and devices compute on the GPU or in workers.
 * A worker of our own would need a file that not every bundler serves.
 */
export { preprocessImage as preprocessInPool } from './preprocess'
