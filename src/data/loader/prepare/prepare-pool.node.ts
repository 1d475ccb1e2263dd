/** Prepares samples in worker threads, which work while the main thread computes. */
import { asPortable, loadSharpFirst } from '../../../images/preprocess/preprocess-pool.node.ts'
import { threadPool } from '../../../concurrency/workers/thread-pool.node.ts'
import { workerFile } from '../../../concurrency/workers/worker-file.node.ts'
import { prepareSample, type PrepareTask, type TokenLists } from './prepare-sample'

const prepare = threadPool<PrepareTask, TokenLists>(
  () => workerFile('prepare-worker.node', import.meta.url),
  prepareSample,
  loadSharpFirst,
)

/** @throws DreamLIPError as `prepareSample`, and `WORKER_FAILED` when a thread ends before the sample is done */
export async function prepareInPool(task: PrepareTask): Promise<TokenLists> {
  const image = asPortable(task.image)
  return image === undefined ? prepareSample(task) : prepare({ ...task, image })
}

/** Memory that the threads write to. */
export function sharedPixels(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * length))
}
