/** The worker thread that prepares images for encoding. */
import { preprocessImage } from './preprocess'
import type { PreprocessTask } from './preprocess-pool.node.ts'
import { serveTasks } from '../../concurrency/workers/serve-tasks.node.ts'

serveTasks(
  async ({ image, options, fileName }: PreprocessTask, signal) => {
    const named = image instanceof Blob && fileName !== undefined ? new File([image], fileName) : image
    return (await preprocessImage(named, { ...options, signal })).data
  },
  2,
  (data) => data,
)
