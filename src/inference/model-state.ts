/** The state of a model behind its public methods. `DreamLIP` and training share it, because training changes weights in place. */
import type { DenseAttention } from '../models/layers/vision-transformer'
import type { Tokenizer } from '../tokenizer/tokenizer'
import type { Encoder } from './encoder'
import { attentionAfter, type ModelMetadata } from './model-files/metadata'

export interface ModelState {
  readonly encoder: Encoder
  /** Loaded when the first text is tokenized. */
  tokenizer: Promise<Tokenizer> | undefined
  /** Whether the model was trained with the subcaption-patch grouping loss. */
  trainedWithGrouping: boolean
  /** The dense attention that the file or the caller chose. Undefined: the one that suits the model's training. */
  chosenAttention: DenseAttention | undefined
}

const states = new WeakMap<object, ModelState>()

/** Creates the state of a new model. */
export function createModelState(
  model: object,
  encoder: Encoder,
  { attention, trainedWithGrouping }: Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>,
): ModelState {
  const chosenAttention = attention === attentionAfter(trainedWithGrouping) ? undefined : attention
  const state: ModelState = { encoder, tokenizer: undefined, trainedWithGrouping, chosenAttention }
  states.set(model, state)
  return state
}

/** The state of a `DreamLIP` model. */
export function stateOf(model: object): ModelState {
  return states.get(model)!
}

/** The last block's attention that dense methods use by default. */
export function attentionOf({ chosenAttention, trainedWithGrouping }: ModelState): DenseAttention {
  return chosenAttention ?? attentionAfter(trainedWithGrouping)
}
