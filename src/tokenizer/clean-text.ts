/** Cleans text as open_clip's tokenizer does, before the text is split into words. */
import { fixText } from './fix-text/fix-text'
import { unescapeHTML } from './html-entities'
import { collapseSpace, lower } from './python-text'

/** Repairs mojibake (ftfy), decodes HTML entities twice, collapses white space, and converts to lower case. */
export function cleanText(text: string): string {
  return lower(collapseSpace(repairText(text)))
}

/** Repairs mojibake (ftfy), and decodes HTML entities twice. */
export function repairText(text: string): string {
  return unescapeHTML(unescapeHTML(fixText(text)))
}
