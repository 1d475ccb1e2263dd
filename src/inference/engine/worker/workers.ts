/** The engine that computes in workers. Each worker has a copy of the model, and a call goes to the worker with the fewest calls. */
import { processorCount, startModelWorker } from '#inference/engine/start-worker'
import { pageAddress } from '../../../bytes/http/page-address'
import { checkCall, checkCallback, checkWhole } from '../../../check-arguments'
import { locateCheckpoint } from '../../../checkpoint/released/locate-checkpoint'
import { idlest, ThreadNotStarted, workerTasks, type WorkerTasks } from '../../../concurrency/workers/worker-tasks'
import { DreamLIPError } from '../../../errors'
import type { Progress } from '../../../progress'
import { warn } from '../../../warn'
import type { DeviceTensor } from '../../device-tensor'
import { disposed } from '../../disposed'
import { checkTower } from '../../missing-tower'
import type { LoadOptions } from '../../options'
import type { Engine, Opening } from '../engine'
import type { Arguments, MethodName, Result } from '../methods'
import type { Callback, ModelEvent, ModelTask, OpenedModel } from './messages'
import { sendableArguments, sendableValues } from './sendable'

type ModelWorkers = readonly WorkerTasks<ModelTask, unknown, ModelEvent>[]

/** @throws DreamLIPError as `DreamLIP.load` and `DreamLIP.create`; `WORKER_FAILED` if no worker starts */
export async function openInWorkers(opening: Opening): Promise<Engine> {
  const { worker = true, workers: count = 1 } = opening.options
  checkCall(opening.options as LoadOptions)
  checkWhole('workers', count, 1, mostWorkers)
  const ports = Array.from({ length: count }, () => startModelWorker(worker))
  const workers = (await Promise.all(ports)).map((port) => workerTasks<ModelTask, unknown, ModelEvent>(port, died))
  try {
    return engineOf(workers, await openAll(workers, opening), (opening.options as LoadOptions).onWarning)
  } catch (error) {
    for (const started of workers) void started.end(error)
    throw error instanceof ThreadNotStarted ? notStarted(error) : error
  }
}

/** Maximum number of workers. Each has a copy of the weights. */
const mostWorkers = 64

/** Opens the model in every worker. @returns the facts about it from the first worker */
async function openAll(workers: ModelWorkers, opening: Opening): Promise<OpenedModel> {
  const { worker: _, workers: __, signal, onProgress, onWarning = warn, ...options } = opening.options as LoadOptions
  checkCallback('onWarning', onWarning)
  const report = slowestOf(workers.length, onProgress)
  const threads = workers.length > 1 ? shareOf(workers.length) : undefined
  const surroundings = { page: pageAddress(), processors: threads }
  const [model, sent] =
    'config' in opening
      ? [opening.config, 'config']
      : // One download for all workers.
        [await locateCheckpoint(opening.source, { ...options, signal, onProgress }), 'source']
  const opened = workers.map(async (worker, i) => {
    const { args } = sendableValues(
      [sent, 'options'],
      [model, threads === undefined ? options : { threads, ...options }],
    )
    const task = {
      opening: { [sent]: args[0], options: args[1] } as unknown as Opening,
      // One warning is enough.
      callbacks: [
        ...(onProgress ? ['onProgress' as const] : []),
        ...(signal ? ['signal' as const] : []),
        ...('source' in opening && i === 0 ? ['onWarning' as const] : []),
      ],
      surroundings,
    }
    const onEvent = (event: ModelEvent) =>
      'onProgress' in event ? report(i, event.onProgress) : onWarning(event.onWarning)
    return (await worker.run(task, signal, { onEvent })) as OpenedModel
  })
  const [first] = await Promise.all(opened)
  return first!
}

function shareOf(workers: number): number {
  return Math.max(1, Math.floor(processorCount() / workers))
}

/** The progress of several workers that do the same work: that of the slowest. */
function slowestOf(
  workers: number,
  onProgress?: (progress: Progress) => void,
): (worker: number, now: Progress) => void {
  const done = new Array<number>(workers).fill(0)
  let reported = 0
  return (worker, now) => {
    done[worker] = now.done
    const slowest = Math.min(...done)
    if (slowest <= reported) return
    reported = slowest
    onProgress?.({ ...now, done: slowest })
  }
}

function engineOf(workers: ModelWorkers, opened: OpenedModel, onWarning = warn): Engine {
  const { facts, missing, logitScale } = opened
  let isDisposed = false
  let hasWarned = false
  // Each worker warns once. One warning is enough.
  const warnOnce = (message: string) => {
    if (!hasWarned) onWarning(message)
    hasWarned = true
  }
  const checkAlive = () => {
    if (isDisposed) throw disposed()
  }
  const engine: Engine = {
    facts: { ...facts, device: inWorkers(facts.device, workers.length) },
    attention: opened.attention,
    get parameters() {
      return new Map([...opened.shapes].map(([name, shape]) => [name, parameterOf(engine, name, shape)]))
    },
    get logitScale() {
      if (logitScale === undefined) checkTower({ missing }, missing!.tower)
      return logitScale!
    },
    async run(method, ...args) {
      const call = splitOptions(args, warnOnce)
      const { args: sent, transfer, ready } = sendableArguments(method, call.args)
      if (ready) await ready
      checkAlive()
      const task = { method, args: sent, callbacks: call.callbacks, attention: engine.attention }
      const alive = running(workers)
      const runOn = (worker: (typeof alive)[number], onProgress = call.onProgress) => {
        const onEvent = (event: ModelEvent) =>
          'onProgress' in event ? onProgress?.(event.onProgress) : call.onWarning(event.onWarning)
        return worker.run(task, call.signal, { transfer, onEvent })
      }
      if (method !== 'preload') return (await runOn(idlest(alive))) as Result<typeof method>
      // Each worker has its own copy of the weights.
      const report = slowestOf(alive.length, call.onProgress)
      const [first] = await Promise.all(alive.map((worker, i) => runOn(worker, (now) => report(i, now))))
      return first as Result<typeof method>
    },
    checkAlive,
    async dispose() {
      isDisposed = true
      await Promise.all(workers.map((worker) => worker.end(disposed())))
    },
  }
  return engine
}

function inWorkers(device: Engine['facts']['device'], workers: number): Engine['facts']['device'] {
  const where = workers === 1 ? 'a worker computes' : `${workers} workers compute`
  return { ...device, workers, reason: `${device.reason}; ${where}` }
}

/** The running workers. If all have stopped, returns all of them, because their errors give the reason. */
function running(workers: ModelWorkers): ModelWorkers {
  const alive = workers.filter((worker) => worker.alive)
  return alive.length > 0 ? alive : workers
}

interface Call<Args> {
  readonly args: Args
  readonly callbacks: readonly Callback[]
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  onWarning(message: string): void
}

/** The options of a call that can be sent. Options of the wrong type are unchanged: the method refuses them. */
function splitOptions<Name extends MethodName>(
  all: Arguments<Name>,
  onWarning: (message: string) => void,
): Call<readonly unknown[]> {
  const args: readonly unknown[] = all
  const given = args.at(-1)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { args, callbacks: [], onWarning }
  }
  const { signal, onProgress, ...options } = checkCall(given as Pick<LoadOptions, 'signal' | 'onProgress'>)
  return {
    args: [...args.slice(0, -1), options],
    callbacks: [...(onProgress ? ['onProgress' as const] : []), ...(signal ? ['signal' as const] : [])],
    signal,
    onProgress,
    onWarning,
  }
}

function parameterOf(engine: Engine, name: string, shape: number[]): DeviceTensor {
  return {
    shape,
    dtype: 'float32',
    get data(): never {
      engine.checkAlive()
      throw new DreamLIPError(
        'READ_ASYNC',
        `parameters.get('${name}').data: the values are in a worker, which gives them only asynchronously. ` +
          `Call await parameters.get('${name}').read().`,
      )
    },
    async read() {
      engine.checkAlive()
      return engine.run('readParameter', name)
    },
  }
}

function died(reason: string, cause: unknown): DreamLIPError {
  return new DreamLIPError(
    'WORKER_FAILED',
    `The worker of this model ended: ${reason}. Load the model again, with a smaller batchSize or fewer workers if memory ran out.`,
    { cause },
  )
}

function notStarted({ message, cause }: ThreadNotStarted): DreamLIPError {
  return new DreamLIPError('WORKER_FAILED', `The worker of this model could not be started: ${message}`, { cause })
}
