/** The entry file of a model's worker in browsers: `dreamlip/worker`. */
import { startAddressesAt } from '../../../bytes/http/page-address'
import type { StarterPort } from '../../../concurrency/workers/worker-port'
import { notInWorker, serveModel } from './serve-model'

if ('document' in globalThis) throw notInWorker()

/** The page, or the worker, that started this worker. */
const starter: StarterPort = {
  post: (message, transfer) => self.postMessage(message, { transfer: [...transfer] }),
  listen: (onMessage) => self.addEventListener('message', ({ data }) => onMessage(data)),
}

serveModel(starter, async ({ page, processors }) => {
  if (page !== undefined) startAddressesAt(page)
  // ONNX Runtime chooses its number of threads by this one.
  if (processors !== undefined) Object.defineProperty(navigator, 'hardwareConcurrency', { value: processors })
})
