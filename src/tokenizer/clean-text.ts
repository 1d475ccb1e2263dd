/** Cleans text as open_clip's tokenizer does before it splits it into words. */
import { fixText } from './fix-text/fix-text'
import { unescapeHTML } from './html-entities'
import { collapseSpace, lower } from './python-text'

/** Mojibake repaired (ftfy), HTML entities decoded twice, white space collapsed, lower case. */
export function cleanText(text: string): string {
  return lower(collapseSpace(unescapeHTML(unescapeHTML(fixText(text)))))
}
