/** The code inside a model's worker: it opens the model, then runs its methods. */
import { answerTasks, type TaskContext } from '../../../concurrency/workers/answer-tasks'
import type { StarterPort } from '../../../concurrency/workers/worker-port'
import { DreamLIPError } from '../../../errors'
import { attentionOf } from '../../attention'
import { logitScaleOf } from '../../device-tensor'
import type { ModelState } from '../../model-state'
import { createModelState, factsOf, openModel } from '../here'
import { runMethod, type Arguments, type MethodName } from '../methods'
import type { Callback, MethodTask, ModelEvent, ModelTask, OpenedModel, OpenTask, Surroundings } from './messages'

/** The error if a page or a program's main thread imports `dreamlip/worker`, which must be started as a worker. */
export function notInWorker(): DreamLIPError {
  return new DreamLIPError(
    'WORKER_FAILED',
    'dreamlip/worker: expected to run in a worker; it was imported on the main thread. Do not import it: build it as a separate ' +
      'entry point, and pass its file to DreamLIP.load(source, { worker: new URL(…) }). In most programs, { worker: true } is enough.',
  )
}

/** @param settle prepares the worker before the model is opened */
export function serveModel(port: StarterPort, settle: (surroundings: Surroundings) => Promise<void>): void {
  let state: ModelState | undefined
  /** Running calls. A warning is reported through one of them. */
  const running = new Set<TaskContext<ModelEvent>>()
  const warnCaller = (message: string) => [...running][0]?.report({ onWarning: message })

  const open = async ({ opening, callbacks, surroundings }: OpenTask, context: TaskContext<ModelEvent>) => {
    await settle(surroundings)
    // A new model takes neither callbacks nor a signal.
    const calls = 'config' in opening ? {} : callbacksTo(callbacks, context)
    const options = { ...opening.options, ...calls }
    const loaded = await openModel({ ...opening, options })
    state = createModelState(loaded, warnCaller)
    return describe(state, factsOf(loaded))
  }

  const run = ({ method, args, callbacks, attention }: MethodTask, context: TaskContext<ModelEvent>) => {
    state!.chosenAttention = attention
    running.add(context)
    const call = runMethod(state!, method, withCallbacks(args, callbacks, context) as Arguments<MethodName>)
    return call.finally(() => running.delete(context))
  }

  answerTasks(
    port,
    (task: ModelTask, context: TaskContext<ModelEvent>): Promise<unknown> =>
      'opening' in task ? open(task, context) : run(task, context),
    // A call is a task: as on a thread without a worker, any number of them may run at the same time.
    { tasksAtOnce: Infinity, transferOf: buffersIn },
  )
}

function describe(state: ModelState, facts: OpenedModel['facts']): OpenedModel {
  const { encoder } = state
  const { missing, parameters, weights } = encoder
  const hasScale = parameters.has('logit_scale')
  return {
    facts,
    attention: attentionOf(state),
    missing,
    logitScale: hasScale ? logitScaleOf(encoder) : undefined,
    shapes: new Map(weights.names.map((name) => [name, [...weights.shape(name)]])),
  }
}

/** The arguments as the caller passed them. Options of the wrong type are unchanged: the method refuses them. */
function withCallbacks(args: readonly unknown[], callbacks: readonly Callback[], context: TaskContext<ModelEvent>) {
  const options = args.at(-1)
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return args
  return [...args.slice(0, -1), { ...options, ...callbacksTo(callbacks, context) }]
}

function callbacksTo(callbacks: readonly Callback[], { signal, report }: TaskContext<ModelEvent>): object {
  const calls = callbacks.map((name) =>
    name === 'signal' ? [name, signal] : [name, (value: never) => report({ [name]: value } as unknown as ModelEvent)],
  )
  return Object.fromEntries(calls) as object
}

/** The buffers of all arrays in a result. Methods return new arrays, so nothing else uses these buffers. */
function buffersIn(result: unknown, found = new Set<ArrayBuffer>()): Transferable[] {
  if (ArrayBuffer.isView(result)) {
    if (result.buffer instanceof ArrayBuffer) found.add(result.buffer)
  } else if (Array.isArray(result)) {
    result.forEach((value) => buffersIn(value, found))
  } else if (typeof result === 'object' && result !== null) {
    Object.values(result).forEach((value) => buffersIn(value, found))
  }
  return [...found]
}
