/** The worker thread that prepares samples for training. */
import { serveTasks } from '../../../concurrency/workers/serve-tasks.node.ts'
import { prepareSample } from './prepare-sample'

serveTasks(prepareSample, 4)
