/** The state of a model on this thread. Its methods and training share it, because training changes weights in place. */
import type { ModelDtype } from './programs/storage'
import { DreamLIPError } from '../errors'
import type { DenseAttention } from '../models/layers/dense-attention'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer'
import type { FindTokenizer } from './texts/find-tokenizer'
import type { Encoder } from './encoder'

export interface ModelState {
  readonly encoder: Encoder
  /** The type in which the weights are stored on the device. */
  readonly dtype: ModelDtype
  /** Loaded when the first text is tokenized. */
  tokenizer: Promise<ModelTokenizer> | undefined
  /** Finds the model's own tokenizer; left out for models that were not loaded from a file. */
  readonly findTokenizer?: FindTokenizer
  /** Shows warnings about facts that the results of calls do not contain. */
  readonly onWarning: (message: string) => void
  /** Whether a call has warned that texts were cut. */
  hasWarnedOfCutTexts: boolean
  /** Whether the model was trained with the subcaption-patch grouping loss. */
  trainedWithGrouping: boolean
  /** The dense attention that the file or the caller chose. Undefined: chosen by the model's training. */
  chosenAttention: DenseAttention | undefined
}

const states = new WeakMap<object, ModelState>()

/** Remembers the state of a `DreamLIP` model that computes on this thread. */
export function rememberState(model: object, state: ModelState): void {
  states.set(model, state)
}

/**
 * The state of a `DreamLIP` model.
 * @throws DreamLIPError `INVALID_ARGUMENT` for a model that computes in a worker: its weights are not on this thread
 */
export function stateOf(model: object): ModelState {
  const state = states.get(model)
  if (state) return state
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    'model: expected a model on this thread; its weights are in a worker, where they cannot be trained. ' +
      'Load the model without the option worker, and run the training in your own worker.',
  )
}
