/** The caption that a sample has in a `.txt`, for programs that read one caption per image, such as open_clip. */
import { createRandom } from '../../random'
import { captionNames, type CaptionRecord } from '../record'
import { hasWords } from '../sampling/split-caption'
import { SubcaptionSampler } from '../sampling/subcaption-sampler'

/**
 * The caption to store: `raw`, another one by its name, or `drawn`: the raw caption or a sub-caption of any other, drawn at random,
 * but the same one in every run.
 */
export type TextFile = (typeof textFiles)[number]

export const textFiles = ['raw', 'drawn', ...captionNames] as const

/**
 * The chosen caption as one line. A sample without it has the first of its other captions.
 * @param number the sample's position in the data set
 * @returns undefined if no caption has words
 */
export function textOf(record: CaptionRecord, choice: TextFile, number: number): string | undefined {
  const texts = choice === 'drawn' ? drawn(record, number) : chosen(record, choice)
  const text = texts.find(hasWords)
  return text?.trim().replace(/\s*[\r\n]\s*/g, ' ')
}

function drawn(record: CaptionRecord, number: number): readonly string[] {
  return new SubcaptionSampler({ count: 1, raw: 'drawn' }).sample(record, createRandom(number)) ?? []
}

function chosen({ raw, captions }: CaptionRecord, choice: Exclude<TextFile, 'drawn'>): string[] {
  const first = choice === 'raw' ? raw : captions[choice]
  const all = [first, raw, ...captionNames.map((name) => captions[name])]
  return all.map((caption = '') => (typeof caption === 'string' ? caption : caption.join('. ')))
}
