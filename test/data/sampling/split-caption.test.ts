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

  it('gives nothing where there are no words', () => {
    expect(splitCaption(' . \n ..</s>')).toEqual([])
  })

  it('strips what Python strips, and not the byte order mark', () => {
    expect(splitCaption('\x1c\x85 a \x1f. \ufeffb')).toEqual(['a', '\ufeffb'])
  })
})

describe('splitCaption by sentences', () => {
  const split = (text: string) => splitCaption(text, { rule: 'sentences' })

  it('leaves out what has no letter, digit or symbol', () => {
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
