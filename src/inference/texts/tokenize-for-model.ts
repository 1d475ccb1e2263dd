/** Tokenizes texts for one model. */
import { DreamLIPError } from '../../errors'
import { Tokenizer } from '../../tokenizer/tokenizer'
import { vocabularySize } from '../../tokenizer/vocabulary'
import { checkTower } from '../missing-tower'
import type { ModelState } from '../model-state'
import { checkTexts, isTokens, sequencesOf, type TextBatchInput, type TokenizedTexts } from './sequences'

/** @throws DreamLIPError `INVALID_ARGUMENT` for texts if the model's vocabulary is not CLIP's; `DISPOSED` */
export async function tokenizeForModel(state: ModelState, texts: TextBatchInput): Promise<TokenizedTexts> {
  const { text } = state.encoder.config
  checkTexts(texts)
  state.encoder.checkAlive()
  checkTower(state.encoder, 'text')
  if (isTokens(texts)) return sequencesOf(texts, text)
  if (text.vocabularySize !== vocabularySize) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `texts: this model has a vocabulary of ${text.vocabularySize}, not CLIP's ${vocabularySize}; ` +
        'tokenize with its own tokenizer, and pass { tokens: [[start, …, end]] }.',
    )
  }
  state.tokenizer ??= Tokenizer.load({ contextLength: text.contextLength })
  return sequencesOf((await state.tokenizer).tokenize(texts), text)
}
