/** Places a model's weights on a device: from a checkpoint, or random ones. */
import { disk } from '#bytes/disk'
import { openEmbeddedModel } from '#embedded-model'
import { isURL } from '../../bytes/http/address'
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { checkCall, checkCallback, checkFlag, checkObject, checkSeed } from '../../check-arguments'
import { readKeptCheckpoint } from '../../checkpoint/read-checkpoint'
import { keptName } from '../../checkpoint/store/kept-name'
import { locateCheckpoint } from '../../checkpoint/released/locate-checkpoint'
import type { ConfigInput } from '../../models/config/config'
import { chooseRuntime } from '../../runtime/device'
import { attentionAfter } from '../attention'
import { createEncoder, type Encoder } from '../encoder'
import { checkDtype, type CreateOptions, type LoadOptions } from '../options'
import { queueLimits } from '../queue/queue-options'
import { storageOf, type ModelDtype } from '../programs/storage'
import type { FindTokenizer } from '../texts/find-tokenizer'
import { warn } from '../../warn'
import type { ModelMetadata } from './metadata'
import { planModel, warnOfAssumptions, type ModelPlan } from './plan-model'
import { bytesOf } from './read-parameters'
import { weightsInFile } from './weights-in-file'

export interface LoadedModel {
  readonly encoder: Encoder
  readonly dtype: ModelDtype
  readonly metadata: Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>
  /** Guesses about the model, and the parts of its file that were left out: one sentence each. */
  readonly assumptions: readonly string[]
  /** The file that was loaded. */
  readonly source?: string
  /** Finds the tokenizer of a model whose vocabulary is not CLIP's. */
  readonly findTokenizer?: FindTokenizer
}

/** `DreamLIP.load`. */
export async function loadModel(source: ByteSourceInput | undefined, options: LoadOptions): Promise<LoadedModel> {
  const { signal, onProgress, onWarning = warn, cache = true } = checkCall(options)
  checkCallback('onWarning', onWarning)
  checkFlag('cache', cache)
  const dtype = checkDtype(options.dtype)
  const queue = queueLimits(options.queue)
  const runtime = await chooseRuntime(options)
  const located = await locateCheckpoint(source, options)
  const input = located === undefined ? await openEmbeddedModel() : located
  const model = cache ? keptName(input) : undefined
  const sources = { ...options, keep: model === undefined ? undefined : { model, onWarning } }
  const checkpoint = await readKeptCheckpoint(input, sources)
  const parameters = runtime.createParameters()
  try {
    const plan = await planModel(checkpoint, sources)
    warnOfAssumptions(plan, onWarning)
    const stored = (name: string, shape: readonly number[]) => storageOf(name, shape, dtype)
    const weights = weightsInFile(plan, checkpoint, parameters, stored)
    await weights.readAtOnce(isSmall(located, plan), { signal, onProgress })
    const { config, metadata, assumptions } = plan
    const encoder = createEncoder(config, runtime, parameters, { ...plan, weights }, queue)
    // The code is loaded and the file is read when the first text is tokenized.
    const findTokenizer: FindTokenizer = async () =>
      (await import('../texts/find-tokenizer')).findTokenizer(checkpoint, options.tokenizer)
    return { encoder, dtype, metadata, assumptions, source: checkpoint.file, findTokenizer }
  } catch (error) {
    parameters.dispose()
    await checkpoint.close()
    throw error
  }
}

/** Weights in local files up to this size are read immediately: it takes milliseconds, and damage is found early. */
const smallModel = 16 * 1024 * 1024

function isSmall(source: ByteSourceInput | undefined, { tensors }: ModelPlan): boolean {
  return bytesOf(tensors) <= smallModel && isLocal(source)
}

/** Whether reading needs neither a connection nor the caller's code. */
function isLocal(source: ByteSourceInput | undefined): boolean {
  if (typeof source === 'string' || source instanceof URL) return disk !== undefined && !isURL(String(source))
  return source === undefined || source instanceof Blob || source instanceof ArrayBuffer || ArrayBuffer.isView(source)
}

/** `DreamLIP.create`. */
export async function createRandomModel(config: ConfigInput, options: CreateOptions): Promise<LoadedModel> {
  const { seed = 0 } = checkObject('options', options)
  checkSeed('seed', seed)
  const dtype = checkDtype(options.dtype)
  const queue = queueLimits(options.queue)
  const { parseConfig } = await import('../../models/config/config')
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
