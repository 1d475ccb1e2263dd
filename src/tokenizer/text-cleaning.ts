/** Cleans texts before a `tokenizer.json` splits them, as open_clip and transformers do for their models. */
import { repairText } from './clean-text'
import { collapseSpace, lower } from './python-text'

/** `string.punctuation` of Python. */
const punctuation = /[!-/:-@[-`{-~]/g

/** By name; `CLIPConfig` describes them. */
const cleanings = {
  none: (text: string) => text,
  whitespace: (text: string) => collapseSpace(repairText(text)),
  lower: (text: string) => lower(collapseSpace(repairText(text))),
  canonicalize: (text: string) => collapseSpace(lower(withoutPunctuation(repairText(text).replaceAll('_', ' ')))),
  siglip: (text: string) => collapseSpace(withoutPunctuation(lower(text))),
  // `tokenizers` lowercases each character on its own, so a Σ never becomes a final ς.
  'lower-only': (text: string) => text.replaceAll('Σ', 'σ').toLowerCase(),
} as const

/** The name of a cleaning, as in `CLIPConfig.text.cleaning`. */
export type Cleaning = keyof typeof cleanings

/** The function that cleans texts. */
export function cleaningFor(name: Cleaning): (text: string) => string {
  return cleanings[name]
}

function withoutPunctuation(text: string): string {
  return text.replace(punctuation, '')
}
