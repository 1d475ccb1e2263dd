/** The worker thread that prepares samples for training. */
import { serveTasks } from '../images/serve-tasks.node.ts'
import { prepareSample, type PrepareTask } from './prepare-sample'

serveTasks(
  (task: PrepareTask, signal) => prepareSample(task, signal),
  ({ pixels }) => pixels,
)
