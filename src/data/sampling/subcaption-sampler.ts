/** Draws the sub-captions of an image for one training step (paper, section 3.2; the reference's data sets). */
import { checkChoice, checkFlag, checkList, checkObject, checkWhole, wrongArgument } from '../../check-arguments'
import { drawDistinct, type Random } from '../../random'
import { captionNames, checkRecord, type Caption, type CaptionName, type CaptionRecord } from '../record'
import { hasWords, splitCaption, splitRules, type SplitRule } from './split-caption'

/** Bounds what a mistyped count asks for. */
const mostTexts = 10_000

export interface SubcaptionSamplerOptions {
  /** How many sub-captions to draw besides the raw caption. Default 6, as in the reference, which gives 7 texts per image. */
  readonly count?: number
  /** `first` (default): the raw caption is the first text. `drawn`: it is one of those that are drawn, and there are `count` texts. */
  readonly raw?: 'first' | 'drawn'
  /** Which captions are drawn from; default all. */
  readonly captions?: readonly CaptionName[]
  /** How captions are split; default `sentences`, with `reference` the reference's rule. */
  readonly rule?: SplitRule
  /** How many neighbouring pieces a draw joins; default 1. */
  readonly merged?: number
  /**
   * Draw exactly as the published code does: its splitting rule, never the last piece (or, of merged ones, a run that starts
   * there), and no draw where there is one piece alone, which crashes there. Default false: all pieces are drawn from.
   */
  readonly reference?: boolean
}

/**
 * The raw caption first, then draws: without replacement where there are enough pieces, else with.
 *
 * @example
 * new SubcaptionSampler({ count: 0 }) // the raw caption
 * new SubcaptionSampler({ count: 1, raw: 'drawn' }) // one text: the raw caption or a sub-caption
 * new SubcaptionSampler() // the raw caption and six sub-captions
 */
export class SubcaptionSampler {
  /** Texts an image, the raw caption included. */
  readonly textsPerImage: number
  private readonly drawsRaw: boolean
  private readonly names: readonly CaptionName[]
  private readonly rule: SplitRule
  private readonly merged: number
  private readonly reference: boolean

  /** @throws DreamLIPError `INVALID_ARGUMENT` for invalid counts or names */
  constructor(options: SubcaptionSamplerOptions = {}) {
    const {
      count = 6,
      raw = 'first',
      captions = captionNames,
      merged = 1,
      reference = false,
    } = checkObject('options', options)
    checkFlag('reference', reference)
    // The reference always begins with the raw caption.
    checkChoice('raw', raw, reference ? ['first'] : ['first', 'drawn'])
    checkWhole('count', count, raw === 'drawn' ? 1 : 0, mostTexts)
    checkWhole('merged', merged, 1)
    if (options.rule !== undefined) checkChoice('rule', options.rule, splitRules)
    checkList('captions', captions).forEach((name) => checkChoice('captions', name, captionNames))
    this.drawsRaw = raw === 'drawn'
    this.textsPerImage = this.drawsRaw ? count : 1 + count
    // The reference strings captions together in its own order, whatever order they are asked for in.
    this.names = captionNames.filter((name) => captions.includes(name))
    this.rule = options.rule ?? (reference ? 'reference' : 'sentences')
    this.merged = merged
    this.reference = reference
  }

  /** All sub-captions that may be drawn, in order; those of the raw caption where the record has no other. */
  pieces(record: CaptionRecord): string[] {
    checkRecord('record', record)
    const pieces = this.names.flatMap((name) => this.split(record.captions[name]))
    return pieces.length > 0 || this.reference ? pieces : this.split(record.raw)
  }

  /**
   * `textsPerImage` texts, or `undefined` where the record has nothing to draw from. A record without a raw caption begins with
   * a draw as well.
   */
  sample(record: CaptionRecord, random: Random): string[] | undefined {
    checkRecord('record', record)
    if (typeof checkObject('random', random).uniform !== 'function') throw wrongArgument('random', 'a Random', random)
    const raw = typeof record.raw === 'string' ? record.raw : record.raw.join('. ')
    const given = hasWords(raw) ? [raw] : []
    const first = this.drawsRaw ? [] : given
    const draws = this.textsPerImage - first.length
    if (draws === 0) return first
    const texts = this.drawsRaw ? given : []
    const pieces = this.pieces(record)
    const choices = texts.length + this.countRuns(pieces)
    if (choices === 0) return undefined
    // A run is joined when it is drawn: joining them all would take quadratic time where `merged` is large.
    const textAt = (i: number) => texts[i] ?? pieces.slice(i - texts.length, i - texts.length + this.merged).join('. ')
    return [...first, ...drawIndices(choices, draws, random).map(textAt)]
  }

  /** How many runs of `merged` neighbours there are; too few pieces for one run are joined as far as they go. */
  private countRuns(pieces: readonly string[]): number {
    if (this.reference) return Math.max(0, pieces.length - 1)
    return Math.max(pieces.length - this.merged + 1, Math.min(1, pieces.length))
  }

  private split(caption: Caption | undefined): string[] {
    if (caption === undefined) return []
    if (typeof caption === 'string') return splitCaption(caption, { rule: this.rule })
    return caption.map((piece) => piece.trim()).filter(hasWords)
  }
}

/** `count` of the indices below `choices`: distinct ones where there are enough (numpy's `choice`, Python's `sample`). */
function drawIndices(choices: number, count: number, random: Random): number[] {
  if (choices >= count) return drawDistinct(choices, count, random)
  return Array.from({ length: count }, () => Math.floor(random.uniform() * choices))
}
