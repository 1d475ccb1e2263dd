/** The entry file of a model's worker thread in Node: `dreamlip/worker`. */
import { parentPort } from 'node:worker_threads'
import { shareProcessors } from '../../../concurrency/processors.node.ts'
import { starter } from '../../../concurrency/workers/serve-tasks.node.ts'
import { notInWorker, serveModel } from './serve-model'

if (!parentPort) throw notInWorker()

serveModel(starter, async ({ processors }) => {
  if (processors !== undefined) shareProcessors(processors)
})
