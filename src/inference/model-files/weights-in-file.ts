/** The weights of a model in its file: each tower is read when it is first needed. */
import type { Tower } from '../../models/names/names'
import type { Checkpoint } from '../../checkpoint/tensor'
import { sharedTask } from '../../concurrency/shared-task'
import type { Storage } from '../../compile/storage'
import type { Parameters } from '../../runtime/runtime'
import { excludeFromImageProblems } from '../../images/decode/image-problem'
import { checkFitsHalf } from '../embeddings/finite'
import { towerOf, type WaitingCall, type Weights } from '../weights'
import type { ModelPlan } from './plan-model'
import { bytesOf, readParameters, type LoadedParameter } from './read-parameters'

export interface WeightsInFile extends Weights {
  /** Reads the parameters outside both towers, which are small; with `all`, also both towers. */
  readAtOnce(all: boolean, call: WaitingCall): Promise<void>
}

/** @param storageOf how a parameter is stored on the device */
export function weightsInFile(
  plan: ModelPlan,
  checkpoint: Checkpoint,
  parameters: Parameters,
  storageOf: StorageOf,
): WeightsInFile {
  /** For runtimes that compute only with floats, quantized files are read as floats. */
  const wanted = parameters.setQuantized ? storageOf : () => undefined
  const shapes = new Map(plan.tensors.map(({ name, shape }) => [name, plan.shapes.get(name) ?? shape]))
  for (const [name, shape] of shapes) parameters.expect(name, shape, storageOf(name, shape))
  const towers = new Map((['image', 'text'] as const).map((tower) => [tower, partOf(tower)]))
  const small = partOf(undefined)

  function partOf(tower: Tower | undefined) {
    const tensors = plan.tensors.filter(({ name }) => towerOf(name) === tower)
    const placed = new Set<string>()
    const task = sharedTask<number>(async (signal, report) => {
      const missing = tensors.filter(({ name }) => !placed.has(name))
      const before = bytesOf(tensors) - bytesOf(missing)
      try {
        for await (const { done, ...parameter } of readParameters(plan, wanted, signal, missing)) {
          // All callers may have aborted, or the model may have been disposed.
          signal.throwIfAborted()
          place(parameters, parameter, storageOf)
          placed.add(parameter.name)
          report(before + done)
        }
      } catch (error) {
        excludeFromImageProblems(error)
        throw error
      }
    })
    return { bytes: bytesOf(tensors), task }
  }

  let closing: Promise<void> | undefined
  const close = () => (closing ??= checkpoint.close())
  const isRead = () => [...towers.values()].every(({ bytes, task }) => bytes === 0 || task.done)
  const read = async (parts: readonly ReturnType<typeof partOf>[], { signal, onProgress }: WaitingCall) => {
    const unread = parts.filter(({ bytes, task }) => bytes > 0 && !task.done)
    const total = unread.reduce((sum, { bytes }) => sum + bytes, 0)
    let before = 0
    for (const { bytes, task } of unread) {
      const onReport = onProgress && ((done: number) => onProgress({ stage: 'load', done: before + done, total }))
      await task.wait({ signal, onReport })
      before += bytes
    }
    if (unread.length > 0 && isRead()) await close()
  }

  return {
    get names() {
      // Training adds parameters that the file does not have.
      return [...shapes.keys(), ...parameters.names.filter((name) => !shapes.has(name))]
    },
    shape: (name) => shapes.get(name) ?? parameters.shape(name),
    readAtOnce: (all, call) => read(all ? [small, ...towers.values()] : [small], call),
    has: (tower) => towers.get(tower)!.task.done,
    need: async (needed = ['image', 'text'], call = {}) =>
      read(
        needed.map((tower) => towers.get(tower)!),
        call,
      ),
    async dispose(reason) {
      towers.forEach(({ task }) => task.stop(reason))
      await close()
    },
  }
}

type StorageOf = (name: string, shape: readonly number[]) => Storage

function place(parameters: Parameters, { name, values, shape }: LoadedParameter, storageOf: StorageOf): void {
  if ('storage' in values) return parameters.setQuantized!(name, values, shape)
  const storage = storageOf(name, shape)
  if (storage === 'float16') checkFitsHalf(name, values, "Load it with dtype 'float32' instead.")
  parameters.set(name, { data: values, shape }, storage)
}
