/** The demo's results, before they are printed and drawn. */
import type { Device, HeatMap, LegendEntry, RawImage } from 'dreamlip'
import type { Agreement } from './agreement'

/** A picture and what is in it, in words. */
export interface Described {
  readonly picture: RawImage
  readonly about: string
}

/** A picture of one thing, and what the model calls it. */
export interface Named extends Described {
  /** The usual name of the thing. */
  readonly truth: string
  /** The most likely answer first. An answer is right if it is any of the thing's names. */
  readonly answers: readonly Answer[]
}

/** One of the things that the model chose among. */
export interface Answer {
  /** The most likely of the thing's names. */
  readonly name: string
  /** The probability of all its names together. */
  readonly score: number
  readonly right: boolean
}

/** The search for a picture by its long caption. */
export interface Search {
  readonly sentences: readonly string[]
  /** The place of the right picture among all; 1 is the first. */
  readonly rank: number
  /** How many pictures were searched. */
  readonly of: number
  /** All pictures, the best first. */
  readonly hits: readonly Hit[]
}

export interface Hit {
  /** The index of the picture. */
  readonly index: number
  /** For each sentence, whether the picture probably shows what it says. */
  readonly matches: readonly boolean[]
}

/** Where a sentence is in a picture. */
export interface Located {
  readonly map: HeatMap
  /** If the truth is known: whether the best pixel is in the thing's box, and which share of the picture the box covers. */
  readonly thing?: { readonly hit: boolean; readonly share: number }
}

/** A picture and its segmentation. */
export interface Divided {
  readonly found: RawImage
  readonly legend: readonly LegendEntry[]
  /** If the truth is known: the truth as a drawing, and the share of pixels on which both agree. */
  readonly truth?: { readonly picture: RawImage; readonly agreeing: number }
}

/** All about one picture and its caption. */
export interface Explored extends Described, Omit<Search, 'hits'> {
  /** The best pictures first. If the right one is not among them, it is the last. */
  readonly hits: readonly ShownHit[]
  /** Each sentence in the picture that the caption describes. */
  readonly located: readonly Located[]
  readonly divided: Divided
}

export interface ShownHit extends Described {
  readonly place: number
  /** Whether the caption describes this picture. */
  readonly right: boolean
  readonly matches: readonly boolean[]
  /** One heat map per sentence. */
  readonly maps: readonly HeatMap[]
}

/** How many results are right, and how many would be by chance. */
export interface Score {
  readonly what: string
  readonly right: number
  readonly of: number
  readonly chance: string
}

/** Whose pictures are shown, and under which licence. */
export interface Credit {
  readonly text: string
  readonly licence: string
  readonly url: string
}

export interface Findings {
  /** Says in one line what the model knows. */
  readonly knows: string
  /** Says which pictures the model looked at. */
  readonly about: string
  /** The seed that chose them, if they were chosen at random. */
  readonly seed?: number
  readonly scores: readonly Score[]
  readonly explored: { readonly about: string; readonly all: readonly Explored[] }
  readonly named: { readonly about: string; readonly all: readonly Named[] }
  readonly credits: { readonly about: string; readonly all: readonly Credit[] }
}

export interface Report {
  readonly findings: Findings
  readonly agreement: readonly Agreement[]
  /** The model's name. */
  readonly model: string
  readonly device: Device
}
