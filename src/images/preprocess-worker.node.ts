/** The worker thread that prepares images: one result or error for each task, in whatever order they are done. */
import { parentPort } from 'node:worker_threads'
import { DreamLIPError } from '../errors'
import { limit } from './limit'
import { preprocessImage } from './preprocess'
import type { FromWorker, ToWorker } from './worker-thread.node.ts'

/** While one image is resized here, the next is decoded in the decoder's own threads. */
const imagesAtOnce = 2

const tasks = new Map<number, AbortController>()
const prepare = limit(imagesAtOnce, preprocessImage)
const answer = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) =>
  parentPort!.postMessage(message, [...transfer])

parentPort!.on('message', (message: ToWorker) => {
  if ('cancel' in message) return tasks.get(message.cancel)?.abort()
  const { id, image, options } = message
  const controller = new AbortController()
  tasks.set(id, controller)
  prepare(image, { ...options, signal: controller.signal })
    .then(
      ({ data }) => answer({ id, data }, [data.buffer as ArrayBuffer]),
      // Nobody waits for a task that was cancelled.
      (error: unknown) => !controller.signal.aborted && answer({ id, error: portableError(error) }),
    )
    .finally(() => tasks.delete(id))
})

answer({ ready: true })

/** Classes and codes do not survive the way between threads, nor do causes that hold more than text. */
function portableError(error: unknown): Extract<FromWorker, { error: unknown }>['error'] {
  const { message, cause } = error instanceof Error ? error : new Error(String(error))
  const code = error instanceof DreamLIPError ? error.code : undefined
  return { code, message, cause: cause instanceof Error ? cause.message : undefined }
}
