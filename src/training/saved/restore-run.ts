/** Puts a run back where its checkpoint left it. */
import { toFloat32 } from '../../checkpoint/dtype'
import { openByteSource, type ByteSourceInput } from '../../bytes/read/open-source'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { PickleTensor } from '../../checkpoint/torch/pickle/values'
import { readTorchFile } from '../../checkpoint/torch/torch-checkpoint'
import { torchTensor } from '../../checkpoint/torch/torch-tensor'
import { DreamLIPError } from '../../errors'
import type { Parameters } from '../../runtime/runtime'
import { optimizerOrder, type RunIdentity, type RunProgress, type RunTensors } from './checkpoint-state'
import { parseRun } from './saved-run'
import { average, firstMoment, secondMoment } from '../step/update'

/** A tensor of the file, and where it goes. */
interface Restored {
  readonly found: unknown
  readonly set: Parameters
  readonly name: string
}

/**
 * Reads weights, moments and averages into the run's tensors: all of them, or, where the file is not whole, none.
 * @param step that the file's name says
 * @returns how far the run had come
 * @throws DreamLIPError `CHECKPOINT_INVALID` for a file that is damaged, not of a run, or of another model;
 *   `DATA_CHANGED` where data, batch size or the trained parameters are others than the run began with
 */
export async function restoreRun(
  source: ByteSourceInput,
  tensors: RunTensors,
  identity: RunIdentity,
  withAverages: boolean,
  step?: number,
): Promise<RunProgress> {
  const bytes = await openByteSource(source)
  try {
    const file = await readTorchFile(bytes)
    const root = entriesOf(file.value)
    const { progress, identity: saved } = parseRun(bytes.name, root.get('run'), step)
    checkIdentity(bytes.name, saved, identity)
    const places = placesOf(root, tensors, identity, { withMoments: progress.updates > 0, withAverages })
    const checked = places.map(({ found, set, name }) => {
      return { set, name, tensor: torchTensor(bytes.name, name, ofShape(bytes.name, found, set, name), file.storages) }
    })
    // Values are read twice: three times the weights need not lie in memory before it is known that all are sound.
    for (const { tensor, name } of checked) await readValues(bytes.name, tensor, name)
    for (const { tensor, set, name } of checked) {
      set.set(name, { data: await readValues(bytes.name, tensor, name), shape: set.shape(name) })
    }
    return progress
  } catch (error) {
    if (!(error instanceof DreamLIPError) || error.code === 'DATA_CHANGED') throw error
    throw new DreamLIPError('CHECKPOINT_INVALID', error.message, { cause: error })
  } finally {
    await bytes.close()
  }
}

function placesOf(
  root: ReadonlyMap<unknown, unknown>,
  { weights, state }: RunTensors,
  { trained }: RunIdentity,
  { withMoments, withAverages }: { withMoments: boolean; withAverages: boolean },
): Restored[] {
  const saved = entriesOf(root.get('state_dict'))
  const moments = entriesOf(entriesOf(root.get('optimizer')).get('state'))
  const averages = entriesOf(root.get('ema'))
  const ofOptimizer = optimizerOrder(trained, weights)
    .flat()
    .flatMap((name, i): Restored[] => {
      const entry = entriesOf(moments.get(i))
      const pair = [
        { found: entry.get('exp_avg'), set: state, name: firstMoment(name) },
        { found: entry.get('exp_avg_sq'), set: state, name: secondMoment(name) },
      ]
      const averaged = { found: averages.get(name), set: state, name: average(name) }
      return [...(withMoments ? pair : []), ...(withAverages ? [averaged] : [])]
    })
  return [...weights.names.map((name) => ({ found: saved.get(name), set: weights, name })), ...ofOptimizer]
}

function entriesOf(value: unknown): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map()
}

function ofShape(file: string, found: unknown, set: Parameters, name: string): PickleTensor {
  const shape = set.shape(name)
  if (found instanceof PickleTensor && found.shape.join() === shape.join()) return found
  const came = found instanceof PickleTensor ? `[${found.shape.slice(0, 8).join(', ')}]` : 'nothing'
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file}: expected '${name}' of shape [${shape.join(', ')}]; got ${came}. It is of another model or optimizer: ` +
      'go on with the model that the run began with, or begin a new run in another folder.',
  )
}

/** Training leaves no weight that is not finite, and squares of gradients are at least 0: other values are damage. */
async function readValues(file: string, tensor: CheckpointTensor, name: string): Promise<Float32Array> {
  const values = toFloat32(await tensor.read())
  const least = name.startsWith(secondMoment('')) ? 0 : -Infinity
  const wrong = values.findIndex((value) => !Number.isFinite(value) || value < least)
  if (wrong === -1) return values
  throw new DreamLIPError(
    'CHECKPOINT_INVALID',
    `${file}: '${name}' holds ${values[wrong]} at ${wrong}; expected finite values. The file is damaged.`,
  )
}

function checkIdentity(file: string, saved: RunIdentity, now: RunIdentity): void {
  const changed = changeOf(saved, now)
  if (changed === undefined) return
  throw new DreamLIPError(
    'DATA_CHANGED',
    `${file}: the run began with ${changed}. ` +
      'Give back what it began with, or begin a new run in another folder from DreamLIP.load(checkpoint).',
  )
}

/** What is other than when the run began. */
function changeOf(saved: RunIdentity, now: RunIdentity): string | undefined {
  if (saved.data !== now.data) return `other data: ${saved.data}; now ${now.data}`
  if (saved.batchSize !== now.batchSize) return `another batch size: ${saved.batchSize}; now ${now.batchSize}`
  const added = now.trained.filter((name) => !saved.trained.includes(name))
  const gone = saved.trained.filter((name) => !now.trained.includes(name))
  const parts = [listed('now also', added), listed('now without', gone)].filter((part) => part !== '')
  return parts.length > 0 ? `other trained parameters: ${parts.join(', ')}` : undefined
}

/** The first few names, and how many more there are. */
function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `${what} ${names.slice(0, 3).join(', ')}${more}`
}
