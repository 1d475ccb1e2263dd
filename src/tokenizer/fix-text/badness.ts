/** Recognises text that was decoded with the wrong encoding: it has sequences of characters that are rare otherwise (ftfy's heuristic). */
import { whiteSpace, wordCharacter } from '../python-text'
import { kinds } from '../tables/mojibake'

const { common, c1, bad, law, currency, numeric, kaomoji, box } = kinds
const starts = kinds.startPunctuation
const ends = kinds.endPunctuation
const upper = kinds.upperAccented
const lower = kinds.lowerAccented
const upperCommon = kinds.upperCommon
const lowerCommon = kinds.lowerCommon
const arabicTail = `[${common}${currency}${bad}${numeric}${starts}ŸŠ®°µ»]`
const cyrillicTail = `[${c1}${bad}${starts}${ends}${currency}°µ]`
const greekTail = `[${c1}${bad}${starts}${ends}${currency}°]`

/** Each alternative is one suspicious sequence. */
const sequences = [
  `[${c1}]`,
  `[${bad}${lower}${upper}${box}${starts}${ends}${currency}${numeric}${law}][${bad}]`,
  `[a-zA-Z][${lowerCommon}${upperCommon}][${bad}]`,
  `[${bad}][${lower}${upper}${box}${starts}${ends}${currency}${numeric}${law}]`,
  `[${lower}${lowerCommon}${box}${ends}${currency}${numeric}][${upper}]`,
  `[${box}${ends}${currency}${numeric}][${lower}]`,
  `[${lower}${box}${ends}][${currency}]`,
  `[${whiteSpace}][${upper}][${currency}]`,
  `[${upper}${box}][${numeric}${law}]`,
  `[${lower}${upper}${box}${currency}${ends}][${starts}][${numeric}]`,
  `[${lower}${upper}${currency}${numeric}${box}${law}][${ends}][${starts}]`,
  `[${currency}${numeric}${box}][${starts}]`,
  `[a-z][${upper}][${starts}${currency}]`,
  `[${box}][${kaomoji}]`,
  `[${lower}${upper}${currency}${numeric}${starts}${ends}${law}][${box}]`,
  `[${box}][${ends}]`,
  `[${lower}${upper}][${starts}${ends}]${wordCharacter}`,
  // The rest are characters that the most frequent bytes of UTF-8 become in some code page.
  '[Œœ][^A-Za-z]',
  `[${upper}]°`,
  `[ÂÃÎÐ][€œŠš¢£Ÿž\\xa0\\xad®©°·»${starts}${ends}–—´]`,
  '×[²³]',
  `[ØÙ]${arabicTail}[ØÙ]${arabicTail}`,
  'à[²µ¹¼½¾]',
  '√[±∂†≠®™´≤≥¥µø]',
  '≈[°¢]',
  '‚Ä[ìîïòôúùû†°¢π]',
  '‚[âó][àä°ê]',
  'вЂ',
  `[ВГРС]${cyrillicTail}[ВГРС]`,
  'ГўВЂВ[^\\n][A-Za-z ]',
  'Ã[\\xa0¡]',
  `[a-z][${whiteSpace}]?[ÃÂ] `,
  '^[ÃÂ] ',
  `[a-z.,?!${ends}]Â[ ${starts}${ends}]`,
  'β€[™\\xa0Ά\\xad®°]',
  `[ΒΓΞΟ]${greekTail}[ΒΓΞΟ]`,
  'ā€',
]
const suspicious = new RegExp(sequences.join('|'), 'u')

/** Whether the text contains a suspicious sequence. */
export function isBad(text: string): boolean {
  return suspicious.test(text)
}
