/** Draws the sub-captions of an image for one training step (paper, section 3.2; the reference's data sets). */
import { checkChoice, checkFlag, checkList, checkObject, checkWhole, wrongArgument } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'
import { drawDistinct, type Random } from '../../random'
import { captionNames, checkRecord, type Caption, type CaptionName, type CaptionRecord } from '../record'
import { hasWords, splitCaption, splitRules, type SplitRule } from './split-caption'

/** Limits the damage of a mistyped count. */
const mostTexts = 10_000

export interface SubcaptionSamplerOptions {
  /** Sub-captions to draw in addition to the raw caption. Default 6, as in the reference: 7 texts per image. */
  readonly count?: number
  /** `first` (default): the raw caption is the first text. `drawn`: it is drawn like the others, and there are `count` texts. */
  readonly raw?: 'first' | 'drawn'
  /** The captions to draw from; default all. */
  readonly captions?: readonly CaptionName[]
  /** The rule for splitting captions. Default `sentences`; with `reference`, the rule of the reference. */
  readonly rule?: SplitRule
  /** Neighbouring pieces to join per draw; default 1. */
  readonly merged?: number
  /**
   * Whether to draw exactly like the published code: with its splitting rule, never the last piece (or a merged run that starts
   * there), and nothing if there is only one piece, which crashes the published code. Default false: all pieces may be drawn.
   */
  readonly reference?: boolean
}

export const samplerKeys = {
  count: 0,
  raw: 0,
  captions: 0,
  rule: 0,
  merged: 0,
  reference: 0,
} as const satisfies KeysOf<SubcaptionSamplerOptions>

/**
 * The raw caption first, then draws: without replacement if there are enough pieces, otherwise with replacement.
 *
 * @example
 * new SubcaptionSampler({ count: 0 }) // the raw caption
 * new SubcaptionSampler({ count: 1, raw: 'drawn' }) // one text: the raw caption or a sub-caption
 * new SubcaptionSampler() // the raw caption and six sub-captions
 */
export class SubcaptionSampler {
  /** Texts per image, the raw caption included. */
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
    } = checkKeys('', checkObject('options', options), samplerKeys)
    checkFlag('reference', reference)
    // The reference always begins with the raw caption.
    checkChoice('raw', raw, reference ? ['first'] : ['first', 'drawn'])
    checkWhole('count', count, raw === 'drawn' ? 1 : 0, mostTexts)
    checkWhole('merged', merged, 1)
    if (options.rule !== undefined) checkChoice('rule', options.rule, splitRules)
    checkList('captions', captions).forEach((name) => checkChoice('captions', name, captionNames))
    this.drawsRaw = raw === 'drawn'
    this.textsPerImage = this.drawsRaw ? count : 1 + count
    // The reference joins captions in its own order, regardless of the requested order.
    this.names = captionNames.filter((name) => captions.includes(name))
    this.rule = options.rule ?? (reference ? 'reference' : 'sentences')
    this.merged = merged
    this.reference = reference
  }

  /** All sub-captions that may be drawn, in order. If the record has no other caption, those of the raw caption. */
  pieces(record: CaptionRecord): string[] {
    checkRecord('record', record)
    const pieces = this.names.flatMap((name) => this.split(record.captions[name]))
    return pieces.length > 0 || this.reference ? pieces : this.split(record.raw)
  }

  /**
   * `textsPerImage` texts, or `undefined` if the record has nothing to draw from. Without a raw caption, the first text is drawn too.
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
    // Runs are joined when they are drawn. Joining all of them would take quadratic time if `merged` is large.
    const textAt = (i: number) => texts[i] ?? pieces.slice(i - texts.length, i - texts.length + this.merged).join('. ')
    return [...first, ...drawIndices(choices, draws, random).map(textAt)]
  }

  /** The number of runs of `merged` neighbours. If there are too few pieces for one run, all of them are joined. */
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

/** `count` of the indices below `choices`, distinct if there are enough (numpy's `choice`, Python's `sample`). */
function drawIndices(choices: number, count: number, random: Random): number[] {
  if (choices >= count) return drawDistinct(choices, count, random)
  return Array.from({ length: count }, () => Math.floor(random.uniform() * choices))
}
