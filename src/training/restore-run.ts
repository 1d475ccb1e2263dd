/** Puts a run back where its checkpoint left it. */
import { toFloat32 } from '../checkpoint/dtype'
import { openByteSource, type ByteSourceInput } from '../bytes/open-source'
import { PickleTensor } from '../checkpoint/torch/pickle-values'
import { readTorchFile, type TorchFile } from '../checkpoint/torch/torch-checkpoint'
import { torchTensor } from '../checkpoint/torch/torch-tensor'
import { DreamLIPError } from '../errors'
import type { Parameters } from '../runtime/runtime'
import { optimizerOrder, type RunIdentity, type RunProgress, type RunTensors } from './checkpoint-state'
import { average, firstMoment, secondMoment } from './update'

/**
 * Reads weights, moments and averages into the run's tensors.
 * @returns how far the run had come
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` for a file that is no checkpoint of a run, or of another model;
 *   `DATA_CHANGED` where data, batch size or the trained parameters are others than the run began with
 */
export async function restoreRun(
  source: ByteSourceInput,
  { weights, state }: RunTensors,
  identity: RunIdentity,
  withAverages: boolean,
): Promise<RunProgress> {
  const bytes = await openByteSource(source)
  try {
    const file = await readTorchFile(bytes)
    const root = entriesOf(file.value)
    const run = parseRun(bytes.name, root.get('run'))
    checkIdentity(bytes.name, run, identity)
    const put = tensorReader(bytes.name, file)
    for (const name of weights.names) await put(entriesOf(root.get('state_dict')).get(name), weights, name)
    const moments = entriesOf(entriesOf(root.get('optimizer')).get('state'))
    for (const [i, name] of optimizerOrder(identity.trained, weights).flat().entries()) {
      const saved = entriesOf(moments.get(i))
      if (run.updates > 0) {
        await put(saved.get('exp_avg'), state, firstMoment(name))
        await put(saved.get('exp_avg_sq'), state, secondMoment(name))
      }
      if (withAverages) await put(entriesOf(root.get('ema')).get(name), state, average(name))
    }
    return run
  } finally {
    await bytes.close()
  }
}

function entriesOf(value: unknown): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map()
}

/** Reads one tensor of the file into the place of a parameter. */
function tensorReader(file: string, { storages }: TorchFile) {
  return async (found: unknown, set: Parameters, name: string): Promise<void> => {
    const shape = set.shape(name)
    if (!(found instanceof PickleTensor) || found.shape.join() !== shape.join()) {
      const came = found instanceof PickleTensor ? `[${found.shape.join(', ')}]` : 'nothing'
      throw new DreamLIPError(
        'CHECKPOINT_MISMATCH',
        `${file}: expected '${name}' of shape [${shape.join(', ')}]; got ${came}. It is of another model or optimizer: ` +
          'go on with the model that the run began with, or begin a new run in another folder.',
      )
    }
    set.set(name, { data: toFloat32(await torchTensor(file, name, found, storages).read()), shape })
  }
}

function parseRun(file: string, run: unknown): RunProgress & RunIdentity {
  if (typeof run === 'string') return JSON.parse(run) as RunProgress & RunIdentity
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file}: it is no checkpoint that a run can go on from: it does not say how far the run had come. ` +
      'Load it as a model instead: DreamLIP.load(path).',
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
