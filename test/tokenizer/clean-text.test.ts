import { describe, expect, it } from 'vitest'
import { cleanText } from '../../src/tokenizer/clean-text'

describe('cleanText', () => {
  it.each([
    ['collapses Python’s white space', ' a\u2003b\fc\u00a0\u3000d\u2028\n', 'a b c d'],
    ['keeps what only JavaScript calls white space', 'a&#xFEFF b', 'a\ufeff b'],
    ['lower-cases as Python does', 'ΟΔΥΣΣΕΥΣ İ STRASSE', 'οδυσσευς i̇ strasse'],
    ['repairs UTF-8 that was read as Windows-1252', 'schÃ¶n, dâ€™accord', "schön, d'accord"],
    ['repairs it when it happened twice', 'sch\u00c3\u0192\u00c2\u00b6n', 'schön'],
    ['repairs it in part of a text', 'déjà vu: l’humanitÃ©', "déjà vu: l'humanité"],
    ['repairs other code pages', 'РєРѕС€РєР°', 'кошка'],
    [
      'joins surrogates that were encoded one by one',
      'a \xed\xa0\xbd\xed\xb8\x80\xed\xa0\xbc\xed\xbf\xa0 b',
      'a 😀🏠 b',
    ],
    ['keeps half a pair of such surrogates', 'x\xed\xa0\xbdy déjÃ\xa0', 'xí ½y déjà'],
    ['drops a zero that was encoded in two bytes', 'nul\xc0\x80l dÃ©jÃ\xa0', 'null déjà'],
    ['restores no-break spaces that became spaces', 'voilÃ  le travail', 'voilà le travail'],
    ['leaves text alone that is right', 'Größe 5½ – 20 €', 'größe 5½ – 20 €'],
    ['decodes entities', 'R&amp;D &eacute;t&#233;', 'r&d été'],
    ['decodes entities that were escaped twice or thrice', '&amp;amp;lt;', '<'],
    ['decodes upper-cased entities', '&NTILDE;', 'ñ'],
    ['decodes entities without semicolons', '&copy 2023 &notit;', '© 2023 ¬it;'],
    ['drops entities that name no character', 'a&#1;b', 'ab'],
    ['straightens quotes and splits ligatures', '“ﬁnd” ‘it’', `"find" 'it'`],
    ['narrows full-width characters', 'ＡＢＣ　ｶﾞ', 'abc ガ'],
    ['removes terminal colours and control characters', '\u001b[31mred\u001b[0m\u0007', 'red'],
    ['composes accents', 'e\u0301', 'é'],
  ])('%s', (_, text, cleaned) => {
    expect(cleanText(text)).toBe(cleaned)
  })
})
