/** Warns that texts were cut, for calls whose result does not report it. */
import { plural } from '../../plural'
import type { ModelState } from '../model-state'
import type { TextOptions } from '../options'
import type { TextEmbeddings } from './sequences'

/** Warns once per model. A caller who passed `long` needs no warning. */
export function warnOfCutTexts(state: ModelState, { truncated }: TextEmbeddings, { long }: TextOptions): void {
  if (truncated.length === 0 || long !== undefined || state.hasWarnedOfCutTexts) return
  state.hasWarnedOfCutTexts = true
  const longest = truncated.reduce((most, text) => (text.tokens > most.tokens ? text : most))
  state.onWarning(
    `${plural(truncated.length, 'text')} longer than the ${state.encoder.config.text.contextLength} tokens that this model reads: the ` +
      `rest was cut off (texts[${longest.index}]: ${plural(longest.tokens, 'token')}). Pass { long: 'sentences' } or { long: 'windows' } ` +
      "to embed whole texts, or { long: 'truncate' } to cut them without this warning, which is shown once per model.",
  )
}
