/** Retrieval on a published data set, or on a user's own images with captions. */
import { cosineBlocks } from '#evaluation/cosine-blocks'
import { checkCall, checkChoice, checkFlag, checkObject, checkWhole, wrongArgument } from '../../check-arguments'
import { splitCaption } from '../../data/sampling/split-caption'
import type { DreamLIP } from '../../dreamlip'
import { checkKeys, type KeysOf } from '../../known-keys'
import { plural } from '../../plural'
import { shorten } from '../../printable'
import type { CaptionedImage, RetrievalSet } from '../datasets/data-set'
import { embedImages, type EmbeddedImages } from '../features/embed-images'
import type { TaskOptions } from '../task/options'
import type { Details, Figures, HardExample, TaskResult } from '../task/result'
import { checkRetrievalSet } from './check-retrieval-set'
import { rankByCosine } from './rank-by-cosine'
import type { PairRanks } from './ranks'
import { measureReading, splitCaptions } from './reading-report'
import { checkCutoffs, recallAt } from './recall'
import { rerank, shortlists } from './rerank'
import { textFeatures, textModes, type TextMode } from './text-features'

/** Choices of the protocol. */
interface RetrieveChoices {
  /** How long texts are handled; default `truncate`, as in papers. */
  readonly long?: TextMode
  /** `flair`: sentences are split at line ends and full stops and joined again by `. `; default `published`: captions as they are. */
  readonly texts?: 'published' | 'flair'
  /** Candidates to rerank by text-conditioned scores; default 0: none. FLAIR's authors use 128. */
  readonly rerank?: number
  /** The K of recall@K; default 1, 5 and 10. */
  readonly at?: readonly number[]
  /** Whether to also measure how much of the captions the model reads, like `readingReport`; default: if captions are long. */
  readonly reading?: boolean
}

const choiceKeys: KeysOf<RetrieveChoices> = { long: 0, texts: 0, rerank: 0, at: 0, reading: 0 }

/** The captions of a set as one list. */
interface Texts {
  readonly texts: readonly string[]
  /** The sample that each text describes. */
  readonly owner: Int32Array
}

/**
 * Measures how often the right caption is found for an image, and the right image for a caption. Images that cannot be read, and
 * images without captions, count as not found, and so do their captions. Wrong answers that tie with the right one come before it.
 * @param options `protocol`: `long` (`truncate`, `sentences`, `windows` or `coverage`), `texts` (`published` or `flair`), `rerank`
 *   (how many candidates FLAIR's second stage reranks), `at`, `reading` (whether to add the figures of `readingReport`; default:
 *   for long captions)
 * @returns figures `imageToText@K`, `textToImage@K`, `meanRecall` and `cutTexts`, the share of captions whose end the model did not
 *   read
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason when aborted
 */
export async function retrieveSet(model: DreamLIP, set: RetrievalSet, options: TaskOptions = {}): Promise<TaskResult> {
  const { protocol = {}, ...batches } = checkCall(options)
  const given = checkKeys('protocol', checkObject('protocol', protocol) as RetrieveChoices, choiceKeys)
  checkRetrievalSet(model, set)
  const choices = readChoices({ reading: set.isLong, ...given })
  const { texts, owner } = captionsOf(set, choices.texts === 'flair' ? rejoin : (caption) => caption)
  const images = await embedImages(model, set.samples, batches)
  const { cache: _, ...textBatches } = batches
  const features = await textFeatures(model, images.embeddings, texts, choices.long, textBatches)
  const rowOfText = owner.map((sample) => images.row[sample]!)
  const { name: device, runtime } = model.device
  let ranks = await rankByCosine(features.images, features.texts, rowOfText, { device, runtime }, batches.signal)
  if (choices.rerank > 0) {
    const blocks = cosineBlocks(features.images, features.texts, { device, runtime })
    try {
      const lists = await shortlists(blocks, choices.rerank, batches.signal)
      const readable = set.samples.filter((_, i) => images.row[i]! >= 0).map(({ image }) => image)
      const onImages = (done: number) => batches.onProgress?.({ stage: 'images', done, total: readable.length })
      const long = choices.long === 'coverage' ? 'truncate' : choices.long
      ranks = await rerank(model, readable, texts, rowOfText, ranks, lists, { ...textBatches, long, onImages })
    } finally {
      blocks.dispose()
    }
  }
  const all = ofAllSamples(ranks, images)
  const cut = features.truncated.length
  const captions = choices.reading ? splitCaptions(set) : undefined
  const reading = { model, images: images.embeddings, row: images.row, long: choices.long, options: textBatches }
  const read = captions && (await measureReading(reading, captions, 0))
  const details = detailsOf(set, all, { texts: texts.length, cut, contextLength: model.config.text.contextLength })
  return {
    figures: { ...recallFigures(all, choices.at), cutTexts: cut / texts.length, ...read?.figures },
    protocol: { ...choices, at: [...choices.at], ties: 'wrong answers first' },
    problems: images.problems,
    details: { ...details, tables: [...details.tables!, ...(read?.tables ?? [])] },
  }
}

function readChoices({
  long = 'truncate',
  texts = 'published',
  rerank = 0,
  at = [1, 5, 10],
  reading = false,
}: RetrieveChoices) {
  checkFlag('protocol.reading', reading)
  checkChoice('protocol.long', long, textModes)
  checkChoice('protocol.texts', texts, ['published', 'flair'])
  checkWhole('protocol.rerank', rerank, 0)
  checkCutoffs(at)
  if (rerank > 0 && long === 'coverage') {
    throw wrongArgument('protocol.rerank', '0 with long: coverage', rerank, 'The second stage scores whole captions.')
  }
  return { long, texts, rerank, at, reading }
}

function captionsOf({ samples }: RetrievalSet, prepare: (caption: string) => string): Texts {
  return {
    texts: samples.flatMap(({ captions }) => captions.map(prepare)),
    owner: Int32Array.from(samples.flatMap(({ captions }, sample) => captions.map(() => sample))),
  }
}

/** FLAIR's long-text protocol. A caption without words stays as it is. */
function rejoin(caption: string): string {
  return splitCaption(caption, { rule: 'reference' }).join('. ') || caption
}

/** Images that could not be read are not found. */
function ofAllSamples({ ofImages, ofTexts }: PairRanks, { row }: EmbeddedImages): PairRanks {
  return { ofImages: Float64Array.from(row, (at) => (at < 0 ? Infinity : ofImages[at]!)), ofTexts }
}

/** `imageToText@K` and `textToImage@K` for each K, and their mean. */
export function recallFigures({ ofImages, ofTexts }: PairRanks, at: readonly number[]): Figures {
  const named = (name: string, ranks: Float64Array) => {
    const recall = recallAt(ranks, at)
    return at.map((k) => [`${name}@${k}`, recall[k]!] as const)
  }
  const recalls = [...named('imageToText', ofImages), ...named('textToImage', ofTexts)]
  const meanRecall = recalls.reduce((sum, [, value]) => sum + value, 0) / recalls.length
  return { ...Object.fromEntries(recalls), meanRecall }
}

/** The longest list in the report, and the K of its curves. */
const mostHard = 20
const curveAt = [1, 2, 3, 5, 10, 20, 50, 100]

function detailsOf(
  { samples }: RetrievalSet,
  { ofImages, ofTexts }: PairRanks,
  { texts, cut, contextLength }: { readonly texts: number; readonly cut: number; readonly contextLength: number },
): Details {
  const curve = (name: string, ranks: Float64Array, candidates: number) => {
    const at = curveAt.filter((k) => k < candidates)
    const recall = at.length > 0 ? recallAt(ranks, at) : {}
    return { name, points: at.map((k) => [k, recall[k]!] as const) }
  }
  const note = `A caption is cut if it has more than ${plural(contextLength, 'token')}.`
  return {
    curves: [curve('image to text', ofImages, texts), curve('text to image', ofTexts, samples.length)],
    hardest: hardestOf(samples, ofImages),
    tables: [
      {
        title: 'Captions',
        columns: ['captions', 'number'],
        counts: [1],
        rows: [
          ['all', texts],
          ['cut', cut],
        ],
        note,
      },
    ],
  }
}

/** The images with captions that are found last. */
function hardestOf(samples: readonly CaptionedImage[], ranks: Float64Array): HardExample[] {
  return samples
    .map((sample, i) => ({ sample, rank: ranks[i]! }))
    .filter(({ sample, rank }) => rank > 0 && Number.isFinite(rank) && sample.captions.length > 0)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, mostHard)
    .map(({ sample: { id, image, captions }, rank }) => ({
      id,
      ...(typeof image === 'string' && { image }),
      expected: shorten(captions[0]!, 200),
      predicted: `${plural(rank, 'other caption')} first`,
      severity: rank,
    }))
}
