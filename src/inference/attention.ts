/** The attention of the last block in dense methods. */
import type { DenseAttention } from '../models/layers/dense-attention'
import type { ModelState } from './model-state'

/** The attention that suits a model. After training with the grouping loss, patch tokens match texts without a change of attention. */
export function attentionAfter(trainedWithGrouping: boolean): DenseAttention {
  return trainedWithGrouping ? 'standard' : 'correlative'
}

/** The default attention of a model's dense methods. */
export function attentionOf({
  chosenAttention,
  trainedWithGrouping,
}: Pick<ModelState, 'chosenAttention' | 'trainedWithGrouping'>): DenseAttention {
  return chosenAttention ?? attentionAfter(trainedWithGrouping)
}
