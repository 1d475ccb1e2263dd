import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitCaption } from '../../../src/data/sampling/split-caption'

describe('splitCaption by the reference’s rule', () => {
  it('breaks at full stops, newlines and </s>', () => {
    expect(splitCaption('A bus waits. Two people cross.\nA dog</s>A cat')).toEqual([
      'A bus waits',
      'Two people cross',
      'A dog',
      'A cat',
    ])
  })

  it('breaks decimals, as the published code does', () => {
    expect(splitCaption('It is 3.5 m tall.')).toEqual(['It is 3', '5 m tall'])
  })

  it('gives nothing if there are no words', () => {
    expect(splitCaption(' . \n ..</s>')).toEqual([])
  })

  it('strips the same characters as Python, and not the byte order mark', () => {
    expect(splitCaption('\x1c\x85 a \x1f. \ufeffb')).toEqual(['a', '\ufeffb'])
  })
})

describe('splitCaption by sentences', () => {
  const split = (text: string) => splitCaption(text, { rule: 'sentences' })

  it('leaves out pieces without a letter, digit or symbol', () => {
    expect(split('... \n ?! \n A cat. -- \n ☕️')).toEqual(['A cat', '☕️'])
  })

  it('keeps decimals, abbreviations, initials and list numbers whole', () => {
    expect(split('It is 3.5 m tall. Mr. Smith waits, e.g. for J. Doe. 1. A cat. 2. A dog.')).toEqual([
      'It is 3.5 m tall',
      'Mr. Smith waits, e.g. for J. Doe',
      '1. A cat',
      '2. A dog',
    ])
  })

  it('keeps question and exclamation marks', () => {
    expect(split('Is it red? Yes! It is…')).toEqual(['Is it red?', 'Yes!', 'It is…'])
  })

  it('breaks after closing quotation marks and CJK stops', () => {
    expect(split('The sign says "STOP." A car waits. 一只猫。一只狗。')).toEqual([
      'The sign says "STOP"',
      'A car waits',
      '一只猫。',
      '一只狗。',
    ])
  })
})

describe('splitCaption on captions of any length', () => {
  /** The rule in its simplest form, which takes quadratic time: each mark looks at everything before it. */
  function splitSimply(caption: string): string[] {
    const space = '(?:(?!\\ufeff)[\\s\\x1c-\\x1f\\x85])+'
    const strip = new RegExp(`^${space}|${space}$`, 'g')
    const abbreviations = 'mr mrs ms dr st prof sr jr vs e.g i.e cf fig approx ave blvd mt u.s u.k'.split(' ')
    const ends = (text: string) => {
      const word = /(?:^|[\s(["'“‘])([^\s(["'“‘]*)$/u.exec(text)?.[1] ?? ''
      if (abbreviations.includes(word.toLowerCase()) || /^\p{Lu}$/u.test(word)) return false
      return !(/^\d+$/.test(word) && text.trim() === word)
    }
    const pieces = caption.split(/\n|<\/s>/).flatMap((line) => {
      const sentences: string[] = []
      let start = 0
      for (const match of line.matchAll(/[.!?]+["'”’)\]]*(?=\s|$)|[。！？]+/gu)) {
        const sentence = line.slice(start, match.index)
        if (match[0].startsWith('.') && !ends(sentence)) continue
        sentences.push(sentence + match[0].replace(/^\./, ''))
        start = match.index + match[0].length
      }
      return [...sentences, line.slice(start)]
    })
    return pieces.map((piece) => piece.replace(strip, '')).filter((piece) => /[\p{L}\p{N}\p{S}]/u.test(piece))
  }

  it('gives the same result as the simplest form of the rule', () => {
    const parts = [
      'A',
      'b',
      '1',
      '22',
      'e.g',
      'Mr',
      'É',
      '𝔄',
      ' ',
      '  ',
      '\t',
      '\u3000',
      '\ufeff',
      '\x85',
      '\n',
      '</s>',
    ]
    const marks = ['.', '..', '!', '?', '。', '！', '"', '”', "'", ')', '(', '[', '“', '☕', '. ', '." ', 'x. ']
    const caption = fc.array(fc.constantFrom(...parts, ...marks), { maxLength: 40 }).map((list) => list.join(''))
    fc.assert(
      fc.property(fc.oneof(caption, fc.string({ unit: 'grapheme' })), (text) => {
        expect(splitCaption(text, { rule: 'sentences' })).toEqual(splitSimply(text))
      }),
      { numRuns: 2000 },
    )
  })

  const unit = ['A. ', 'a. ', '.', '1. ', ' ', '\u3000x', 'e.g. ', '."', '(', '. a', '。', 'a', '"\' . ', '\x85\ufeff ']
  it.each(unit)('takes time in proportion to the length of many %j', (part) => {
    // Quadratic work would take many minutes, which exceeds the time limit of tests.
    const text = ' '.repeat(500_000) + part.repeat(2_000_000 / part.length) + 'x'
    for (const rule of ['sentences', 'reference'] as const)
      expect(splitCaption(text, { rule }).length).toBeGreaterThan(0)
  })
})
