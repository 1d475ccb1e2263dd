/** Estimates the disk space of a run. */
import type { ModelState } from '../../inference/model-state'
import { checkpointBytes, weightBytes } from '../checkpoint/size'
import { trainedNames } from '../optimizer/freezing'
import type { TrainerPlan } from '../trainer-options'

/** The files of a run, and the space for them. Sizes are estimates, in bytes. */
export interface DiskUse {
  readonly bytesPerCheckpoint: number
  /** Checkpoints that the run keeps. */
  readonly checkpoints: number
  /** A file of the model, such as `best.safetensors`. */
  readonly bytesPerModel: number
  /** The maximum size of checkpoints and best model at any time. A new file is written before an old one is removed. */
  readonly mostBytes: number
  /** The size of files from an earlier part of the run. */
  readonly existingBytes: number
  /** Free space on the folder's volume; undefined if the system does not say. */
  readonly freeBytes: number | undefined
}

/**
 * @param steps of the run
 * @returns undefined for a run without a folder
 */
export async function diskUseOf(plan: TrainerPlan, model: ModelState, steps: number): Promise<DiskUse | undefined> {
  const { folder, data, best, saveEvery, keep, emaDecay, freeze } = plan
  if (!folder) return undefined
  const { config, weights } = model.encoder
  const trained = trainedNames(weights.names, config, freeze)
  const bytesPerCheckpoint = checkpointBytes(weights, trained, emaDecay !== null)
  const written = Math.ceil(steps / (saveEvery ?? Math.max(1, Math.floor(data.size / data.batchSize))))
  const checkpoints = Math.min(keep, written)
  const bytesPerModel = weightBytes(weights)
  const models = best === undefined ? 0 : 2
  const mostBytes = Math.min(keep + 1, written) * bytesPerCheckpoint + models * bytesPerModel
  return {
    ...{ bytesPerCheckpoint, checkpoints, bytesPerModel, mostBytes },
    existingBytes: await folder.size(),
    freeBytes: await folder.freeBytes(),
  }
}
