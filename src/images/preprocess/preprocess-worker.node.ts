/** The worker thread that prepares images for encoding. */
import { preprocessImage } from './preprocess'
import type { PreprocessTask } from './preprocess-pool.node.ts'
import { serveTasks } from '../../concurrency/serve-tasks.node.ts'

serveTasks(
  async ({ image, options }: PreprocessTask, signal) => (await preprocessImage(image, { ...options, signal })).data,
  2,
  (data) => data,
)
