/** Changed captions, which show how much of a caption a model reads. All consist of sentences. */
import type { Random } from '../../random'

/** A caption in sentences, and the sample that it describes. */
export interface SplitCaption {
  readonly sample: number
  readonly sentences: readonly string[]
}

/** A change to a caption; undefined for a caption that has too few sentences. */
export interface CaptionVariant {
  readonly name: string
  readonly change: (caption: SplitCaption) => readonly string[] | undefined
}

/** Maximum sentences that are also measured alone. */
const mostAlone = 5

/** @param foreign draws a sentence of another sample's caption */
export function captionVariants(random: Random, foreign: (sample: number) => string): readonly CaptionVariant[] {
  const strangers = ({ sample, sentences }: SplitCaption) => sentences.map(() => foreign(sample))
  return [
    { name: 'without the first sentence', change: ({ sentences }) => atLeastTwo(sentences, sentences.slice(1)) },
    { name: 'without the last sentence', change: ({ sentences }) => atLeastTwo(sentences, sentences.slice(0, -1)) },
    { name: 'sentences shuffled', change: ({ sentences }) => atLeastTwo(sentences, shuffled(sentences, random)) },
    { name: 'padded at its end', change: (caption) => [...caption.sentences, ...strangers(caption)] },
    { name: 'padded at its beginning', change: (caption) => [...strangers(caption), ...caption.sentences] },
    ...Array.from({ length: mostAlone }, (_, k) => ({
      name: `sentence ${k + 1} alone`,
      change: ({ sentences }: SplitCaption) => (k < sentences.length ? [sentences[k]!] : undefined),
    })),
  ]
}

function atLeastTwo(sentences: readonly string[], changed: readonly string[]): readonly string[] | undefined {
  return sentences.length > 1 ? changed : undefined
}

/** Fisher and Yates. All orders are equally likely, so two sentences may stay in place. */
function shuffled(sentences: readonly string[], { uniform }: Random): string[] {
  const order = [...sentences]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** Draws sentences of the captions of other samples. @throws RangeError if all captions belong to one sample */
export function foreignSentences(captions: readonly SplitCaption[], { uniform }: Random): (sample: number) => string {
  if (captions.every(({ sample }) => sample === captions[0]?.sample)) throw new RangeError('one sample')
  return (sample) => {
    for (;;) {
      const other = captions[Math.floor(uniform() * captions.length)]!
      if (other.sample !== sample) return other.sentences[Math.floor(uniform() * other.sentences.length)]!
    }
  }
}

/** Sentences as a text. Full stops, which splitting removes, are put back. */
export function joinSentences(sentences: readonly string[]): string {
  return sentences.map((sentence) => (/[.!?。！？]["'”’)\]]*$/u.test(sentence) ? sentence : `${sentence}.`)).join(' ')
}
