/** Whether a model reads a long caption: retrieval by changed captions, and whether it notices a sentence that describes another image. */
import { checkCall, checkChoice, checkObject, checkSeed, checkWhole, wrongArgument } from '../../check-arguments'
import type { DreamLIP } from '../../dreamlip'
import type { EmbeddingsLike } from '../../inference/embeddings/embeddings'
import { checkKeys, type KeysOf } from '../../known-keys'
import { createRandom, type Random } from '../../random'
import type { RetrievalSet } from '../datasets/data-set'
import { embedImages } from '../features/embed-images'
import type { TaskOptions } from '../task/options'
import type { Figures, ResultTable, TaskResult } from '../task/result'
import { captionVariants, foreignSentences, joinSentences, type SplitCaption } from './caption-variants'
import { rankByCosine } from './rank-by-cosine'
import { recallAt } from './recall'
import { checkRetrievalSet } from './check-retrieval-set'
import { sentencesOf, textFeatures, textModes, type TextMode } from './text-features'

interface ReadingChoices {
  /** How long texts are handled; default `truncate`. */
  readonly long?: TextMode
  /** The seed for the order of sentences, and for the sentences of other captions; default 0. */
  readonly seed?: number
  /** Captions to change sentence by sentence; default 1,000. They are drawn by the seed. */
  readonly captions?: number
}

const choiceKeys: KeysOf<ReadingChoices> = { long: 0, seed: 0, captions: 0 }

const defaultCaptions = 1000

/** The data that all measurements share: the images are embedded once. */
export interface Reading {
  readonly model: DreamLIP
  readonly images: EmbeddingsLike
  /** The row of each sample's image, or −1. */
  readonly row: Int32Array
  readonly long: TextMode
  readonly options: Omit<TaskOptions, 'protocol' | 'cache'>
}

/**
 * Measures how much of its captions a model reads.
 *
 * `captionUse`: one sentence of a caption is replaced by a sentence of another image's caption, each in turn. The figure is the
 * share of cases in which the caption then fits its image less, minus the share in which it fits better. A sentence that the model
 * does not read makes a tie. So 0 means that nothing is used or understood, and 1 that every sentence counts. `sentencesRead` is
 * the share of cases without a tie.
 * @param options `protocol`: `long` (as for `retrieveSet`), `seed`, `captions` (how many are changed sentence by sentence; default
 *   1,000)
 * @returns `details.tables`: recall@1 by changed captions, and `captionUse` by the place of the sentence
 * @throws DreamLIPError `INVALID_ARGUMENT`, also for a set without two images with captions; the signal's reason when aborted
 */
export async function readingReport(
  model: DreamLIP,
  set: RetrievalSet,
  options: TaskOptions = {},
): Promise<TaskResult> {
  const { protocol = {}, cache, ...rest } = checkCall(options)
  const choices: ReadingChoices = checkKeys('protocol', checkObject('protocol', protocol), choiceKeys)
  const { long = 'truncate', seed = 0, captions: most = defaultCaptions } = choices
  checkChoice('protocol.long', long, textModes)
  checkSeed('protocol.seed', seed)
  checkWhole('protocol.captions', most, 1)
  checkRetrievalSet(model, set)
  const captions = splitCaptions(set)
  if (!captions) throw wrongArgument('set.samples', 'at least two images with captions', set.samples)
  const images = await embedImages(model, set.samples, { ...rest, ...(cache !== undefined && { cache }) })
  const reading: Reading = { model, images: images.embeddings, row: images.row, long, options: rest }
  const { figures, tables, captions: changed } = await measureReading(reading, captions, seed, most)
  return {
    figures,
    protocol: { long, seed, captions: changed, recall: 'at 1' },
    problems: images.problems,
    details: { tables },
  }
}

/** The measurements of `readingReport`, for images that are embedded. */
export async function measureReading(
  reading: Reading,
  captions: readonly SplitCaption[],
  seed: number,
  most = defaultCaptions,
): Promise<{ readonly figures: Figures; readonly tables: readonly ResultTable[]; readonly captions: number }> {
  const random = createRandom(seed)
  const variants = await measureVariants(reading, captions, random)
  const notices = await measureNotices(reading, captions, random, most)
  return {
    figures: { ...variants.figures, ...notices.figures },
    tables: [variants.table, notices.table],
    captions: notices.captions,
  }
}

/** The captions of a set in sentences; undefined if they all describe one image, so that sentences cannot be exchanged. */
export function splitCaptions({ samples }: RetrievalSet): SplitCaption[] | undefined {
  const captions = samples.flatMap((sample, i) =>
    sample.captions.map((caption) => ({ sample: i, sentences: sentencesOf(caption) })),
  )
  return captions.some(({ sample }) => sample !== captions[0]!.sample) ? captions : undefined
}

/** Recall@1 in both directions. */
interface FirstRecall {
  readonly imageToText: number
  readonly textToImage: number
}

/** Recall@1 of texts among all images, and of the images that the texts describe among the texts. */
async function firstRecall(
  { model, images, row, long, options }: Reading,
  texts: readonly string[],
  samples: readonly number[],
): Promise<FirstRecall> {
  const features = await textFeatures(model, images, texts, long, options)
  const { name: device, runtime } = model.device
  const owner = Int32Array.from(samples, (sample) => row[sample]!)
  const ranks = await rankByCosine(features.images, features.texts, owner, { device, runtime }, options.signal)
  const described = [...new Set(samples)].map((sample) => (row[sample]! < 0 ? Infinity : ranks.ofImages[row[sample]!]!))
  return { imageToText: recallAt(described, [1])[1]!, textToImage: recallAt(ranks.ofTexts, [1])[1]! }
}

async function measureVariants(reading: Reading, captions: readonly SplitCaption[], random: Random) {
  const whole = await firstRecall(
    reading,
    captions.map(({ sentences }) => joinSentences(sentences)),
    samplesOf(captions),
  )
  const rows: (string | number | null)[][] = [
    ['whole', captions.length, whole.imageToText, whole.textToImage, null, null],
  ]
  let first = whole
  for (const { name, change } of captionVariants(random, foreignSentences(captions, random))) {
    const changed = captions.flatMap((caption) => {
      const sentences = change(caption)
      return sentences ? [{ caption, text: joinSentences(sentences) }] : []
    })
    if (changed.length === 0) continue
    const own = changed.map(({ caption }) => caption)
    const recall = await firstRecall(
      reading,
      changed.map(({ text }) => text),
      samplesOf(own),
    )
    // Fewer captions are easier to tell apart, so the same captions are measured whole.
    const same =
      own.length === captions.length
        ? whole
        : await firstRecall(
            reading,
            own.map(({ sentences }) => joinSentences(sentences)),
            samplesOf(own),
          )
    if (name === 'sentence 1 alone') first = recall
    rows.push([name, own.length, recall.imageToText, recall.textToImage, same.imageToText, same.textToImage])
  }
  const mean = ({ imageToText, textToImage }: FirstRecall) => (imageToText + textToImage) / 2
  const table: ResultTable = {
    title: 'Retrieval by changed captions (recall@1)',
    columns: ['caption', 'captions', 'image to text', 'text to image', 'whole: image to text', 'whole: text to image'],
    counts: [1],
    rows,
    note: 'The last two columns are those of the same captions, unchanged.',
  }
  return { table, figures: { wholeRecall: mean(whole), firstSentenceRecall: mean(first) } }
}

function samplesOf(captions: readonly SplitCaption[]): number[] {
  return captions.map(({ sample }) => sample)
}

/** A caption in which the sentence at a place describes another image. */
interface Replaced {
  readonly caption: number
  readonly place: number
}

/** Counts of cases in which a caption with a foreign sentence fits its image less, as well, or better. */
interface Notices {
  less: number
  tie: number
  better: number
}

/** Cosines of two texts that are the same to the model differ only by rounding. */
const tieWithin = 1e-6

/** Sentences from this one on are counted together. */
const mostPlaces = 12

async function measureNotices(reading: Reading, captions: readonly SplitCaption[], random: Random, most: number) {
  const { model, images, row, long, options } = reading
  const usable = captions.filter(({ sample, sentences }) => row[sample]! >= 0 && sentences.length > 1)
  const chosen = draw(usable, most, random)
  const foreign = foreignSentences(captions, random)
  const replaced = chosen.flatMap(({ sentences }, caption) =>
    sentences.map((_, place): Replaced => ({ caption, place })),
  )
  const texts = [
    ...chosen.map(({ sentences }) => joinSentences(sentences)),
    ...replaced.map(({ caption, place }) => {
      const { sample, sentences } = chosen[caption]!
      return joinSentences(sentences.map((sentence, i) => (i === place ? foreign(sample) : sentence)))
    }),
  ]
  const features = texts.length > 0 ? await textFeatures(model, images, texts, long, options) : undefined
  const cosine = (caption: number, text: number) =>
    dotOf(features!.images, row[chosen[caption]!.sample]!, features!.texts, text)
  const total: Notices = { less: 0, tie: 0, better: 0 }
  const places: Notices[] = []
  replaced.forEach(({ caption, place }, i) => {
    const change = cosine(caption, chosen.length + i) - cosine(caption, caption)
    const kind = change < -tieWithin ? 'less' : change > tieWithin ? 'better' : 'tie'
    total[kind]++
    ;(places[Math.min(place, mostPlaces - 1)] ??= { less: 0, tie: 0, better: 0 })[kind]++
  })
  const table: ResultTable = {
    title: 'Sentences of other images that the model notices',
    columns: ['sentence', 'captions', 'caption use', 'sentences read'],
    counts: [1],
    rows: places.map((counts, i) => [placeName(i), countOf(counts), useOf(counts), readOf(counts)]),
    note: 'Caption use: how often the caption fits its image less with a foreign sentence, minus how often it fits better.',
  }
  return {
    table,
    captions: chosen.length,
    figures: { captionUse: useOf(total), sentencesRead: readOf(total) },
  }
}

function placeName(place: number): string {
  return place === mostPlaces - 1 ? `${place + 1} and later` : String(place + 1)
}

function countOf({ less, tie, better }: Notices): number {
  return less + tie + better
}

function useOf(counts: Notices): number | null {
  return countOf(counts) === 0 ? null : (counts.less - counts.better) / countOf(counts)
}

function readOf(counts: Notices): number | null {
  return countOf(counts) === 0 ? null : (counts.less + counts.better) / countOf(counts)
}

/** A random selection of the items, in their order. */
function draw<T>(items: readonly T[], most: number, { uniform }: Random): readonly T[] {
  let needed = Math.min(most, items.length)
  return items.filter((_, i) => {
    const isChosen = uniform() * (items.length - i) < needed
    if (isChosen) needed--
    return isChosen
  })
}

/** The dot product of two rows. Rows of one side have one length, so it orders texts as cosines do. */
function dotOf(a: EmbeddingsLike, i: number, b: EmbeddingsLike, j: number): number {
  const width = a.shape[1]
  let sum = 0
  for (let d = 0; d < width; d++) sum += a.data[i * width + d]! * b.data[j * width + d]!
  return sum
}
