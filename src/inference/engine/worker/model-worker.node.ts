/** The file of a model's worker thread in Node; `dreamlip/worker`. */
import { shareProcessors } from '../../../concurrency/processors.node.ts'
import { starter } from '../../../concurrency/workers/serve-tasks.node.ts'
import { serveModel } from './serve-model'

serveModel(starter, async ({ processors }) => {
  if (processors !== undefined) shareProcessors(processors)
})
