/** A model's towers on a device. */
import type { CLIPConfig } from '../models/config/config'
import type { Parameters, Runtime } from '../runtime/runtime'
import { disposed } from './disposed'
import { clipPreprocessing, type Preprocessing } from './images/preprocessing'
import type { MissingTower } from './missing-tower'
import { createPrograms, type Programs } from './programs/programs'
import { queueLimits, type QueueLimits } from './queue/queue-options'
import { createQueues, type Queues } from './queue/queues'
import { weightsOnDevice, type Weights } from './weights'

export interface Encoder {
  readonly config: CLIPConfig
  readonly runtime: Runtime
  /** The parameters on the device. */
  readonly parameters: Parameters
  /** All weights, with a method to load those that are not on the device yet. */
  readonly weights: Weights
  readonly programs: Programs
  /** The queues in which calls wait for the programs. */
  readonly queues: Queues
  readonly preprocessing: Preprocessing
  readonly missing?: MissingTower
  /** @throws DreamLIPError `DISPOSED` if it was disposed */
  checkAlive(): void
  /** Frees the weights; may be called twice. Waiting and running calls reject with `DISPOSED`. Resolves when the file is closed. */
  dispose(): Promise<void>
}

export function createEncoder(
  config: CLIPConfig,
  runtime: Runtime,
  parameters: Parameters,
  {
    preprocessing = clipPreprocessing,
    missing,
    weights = weightsOnDevice(parameters),
  }: Partial<Pick<Encoder, 'preprocessing' | 'missing' | 'weights'>> = {},
  limits: QueueLimits = queueLimits(),
): Encoder {
  const programs = createPrograms(runtime, parameters, config)
  const queues = createQueues(limits)
  let isDisposed = false
  return {
    ...{ config, runtime, parameters, weights, programs, queues, preprocessing, missing },
    checkAlive() {
      if (isDisposed) throw disposed()
    },
    async dispose() {
      if (isDisposed) return
      isDisposed = true
      const closing = weights.dispose(disposed())
      queues.close(disposed())
      programs.dispose()
      parameters.dispose()
      await closing
    },
  }
}
