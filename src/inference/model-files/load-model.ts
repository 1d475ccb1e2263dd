/** Places a model's weights on a device: from a checkpoint, or random ones. */
import { openEmbeddedModel } from '#embedded-model'
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { checkCall, checkCallback, checkObject, checkSeed } from '../../check-arguments'
import { readCheckpoint } from '../../checkpoint/read-checkpoint'
import { locateCheckpoint } from '../../checkpoint/released/locate-checkpoint'
import type { Storage } from '../../compile/storage'
import { parseConfig, type ConfigInput } from '../../models/config/config'
import { chooseRuntime } from '../../runtime/device'
import type { Parameters } from '../../runtime/runtime'
import { attentionAfter } from '../attention'
import { createEncoder, type Encoder } from '../encoder'
import { checkFitsHalf } from '../embeddings/finite'
import { checkDtype, type CreateOptions, type LoadOptions } from '../options'
import { queueLimits } from '../queue/queue-options'
import { storageOf, type ModelDtype } from '../programs/storage'
import type { ModelMetadata } from './metadata'
import { planModel, warnOfAssumptions } from './plan-model'
import { readParameters } from './read-parameters'

export interface LoadedModel {
  readonly encoder: Encoder
  readonly dtype: ModelDtype
  readonly metadata: Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>
  /** What was guessed about the model, and what was left out of its file: one sentence each. */
  readonly assumptions: readonly string[]
  /** The file that was loaded. */
  readonly source?: string
}

/** `DreamLIP.load`. */
export async function loadModel(source: ByteSourceInput | undefined, options: LoadOptions): Promise<LoadedModel> {
  const { signal, onProgress, onWarning } = checkCall(options)
  checkCallback('onWarning', onWarning)
  const dtype = checkDtype(options.dtype)
  const queue = queueLimits(options.queue)
  const runtime = await chooseRuntime(options)
  const located = await locateCheckpoint(source, options)
  const checkpoint = await readCheckpoint(located === undefined ? await openEmbeddedModel() : located, options)
  const parameters = runtime.createParameters()
  try {
    const plan = await planModel(checkpoint, options)
    warnOfAssumptions(plan, onWarning)
    const stored = (name: string, shape: readonly number[]) => storageOf(name, shape, dtype)
    for await (const { name, values, shape, done, total } of readParameters(plan, stored, signal)) {
      if ('storage' in values) parameters.setQuantized(name, values, shape)
      else placeFloats(parameters, name, values, shape, stored(name, shape))
      onProgress?.({ stage: 'load', done, total })
    }
    const { config, metadata, assumptions } = plan
    const encoder = createEncoder(config, runtime, parameters, plan, queue)
    return { encoder, dtype, metadata, assumptions, source: checkpoint.file }
  } catch (error) {
    parameters.dispose()
    throw error
  } finally {
    await checkpoint.close()
  }
}

function placeFloats(
  parameters: Parameters,
  name: string,
  data: Float32Array,
  shape: readonly number[],
  storage: Storage,
): void {
  if (storage === 'float16') checkFitsHalf(name, data, "Load it with dtype 'float32' instead.")
  parameters.set(name, { data, shape }, storage)
}

/** `DreamLIP.create`. */
export async function createRandomModel(config: ConfigInput, options: CreateOptions): Promise<LoadedModel> {
  const { seed = 0 } = checkObject('options', options)
  checkSeed('seed', seed)
  const dtype = checkDtype(options.dtype)
  const queue = queueLimits(options.queue)
  const parsed = parseConfig(config)
  const { initializeParameters } = await import('../../models/parameters')
  const values = initializeParameters(parsed, seed)
  const runtime = await chooseRuntime(options)
  const parameters = runtime.createParameters()
  for (const [name, value] of values) {
    parameters.set(name, value, storageOf(name, value.shape, dtype))
  }
  const metadata = { attention: attentionAfter(false), trainedWithGrouping: false }
  return { encoder: createEncoder(parsed, runtime, parameters, {}, queue), dtype, metadata, assumptions: [] }
}
