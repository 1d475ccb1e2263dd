/** The errors that end a run. */
import { DreamLIPError } from '../../errors'
import type { RunProgress } from '../checkpoint/run-record'
import type { StepNumbers } from './epoch'

/** A run ends after this many consecutive steps without a usable gradient. */
export const mostSkippedInARow = 10

export function diverged({ step, loss, gradientNorm }: StepNumbers): DreamLIPError {
  return new DreamLIPError(
    'TRAINING_DIVERGED',
    `step ${step}: the gradient was NaN or infinite in ${mostSkippedInARow} consecutive steps (loss ${loss}, gradient ${gradientNorm}). ` +
      'The model keeps the weights of the last good step. Lower the learning rate, or look for broken values in the data.',
  )
}

export function noBatch(batchSize: number, { position }: RunProgress): DreamLIPError {
  return new DreamLIPError(
    'DATA_EMPTY',
    `data: epoch ${position.epoch} gave no batch of ${batchSize} from sample ${position.sample} on. ` +
      'Too many samples are unusable (onSkip names them), or the batch is too large.',
  )
}
