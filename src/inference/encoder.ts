/** A model's towers on a device. */
import { DreamLIPError } from '../errors'
import type { CLIPConfig } from '../models/config/config'
import type { Parameters, Runtime } from '../runtime/runtime'
import { clipPreprocessing, type Preprocessing } from './images/preprocessing'
import type { MissingTower } from './missing-tower'
import { createPrograms, type Programs } from './programs'

export interface Encoder {
  readonly config: CLIPConfig
  readonly runtime: Runtime
  readonly parameters: Parameters
  readonly programs: Programs
  readonly preprocessing: Preprocessing
  readonly missing?: MissingTower
  /** @throws DreamLIPError `DISPOSED` if it was disposed */
  checkAlive(): void
  /** Frees the weights; calling it twice is harmless. Work that is still running fails with `DISPOSED` at its next batch. */
  dispose(): void
}

export function createEncoder(
  config: CLIPConfig,
  runtime: Runtime,
  parameters: Parameters,
  { preprocessing = clipPreprocessing, missing }: Partial<Pick<Encoder, 'preprocessing' | 'missing'>> = {},
): Encoder {
  const programs = createPrograms(runtime, parameters, config)
  let disposed = false
  return {
    ...{ config, runtime, parameters, programs, preprocessing, missing },
    checkAlive() {
      if (!disposed) return
      throw new DreamLIPError('DISPOSED', 'This model was disposed, so its weights are gone. Load it again to use it.')
    },
    dispose() {
      if (disposed) return
      disposed = true
      programs.dispose()
      parameters.dispose()
    },
  }
}
