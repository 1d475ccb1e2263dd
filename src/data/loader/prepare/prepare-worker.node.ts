/** The worker thread that prepares samples for training. */
import { serveTasks } from '../../../concurrency/serve-tasks.node.ts'
import { prepareSample } from './prepare-sample'

serveTasks(prepareSample, 4)
