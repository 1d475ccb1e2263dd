/** The demo's results, before they are printed and drawn. */
import type { Classification, Device, LegendEntry, RawImage } from 'dreamlip'
import type { Agreement } from './agreement'

/** A picture of one thing, and the most likely labels. */
export interface Named {
  readonly picture: RawImage
  /** Where the picture comes from. */
  readonly about: string
  /** The right label. */
  readonly truth: string
  /** The most likely label first. */
  readonly scores: readonly Classification[]
}

/** A description, and the pictures that fit it best. */
export interface Sought {
  readonly sentences: readonly string[]
  /** The place of the right picture among all; 1 is the first. */
  readonly rank: number
  /** The most similar pictures first. If the right one is not among them, it is the last. */
  readonly pictures: readonly { readonly picture: RawImage; readonly cosine: number; readonly right: boolean }[]
}

/** A picture, and where it fits each sentence. */
export interface Located {
  readonly picture: RawImage
  readonly maps: readonly {
    readonly text: string
    readonly picture: RawImage
    /** If the truth is known: whether the best pixel is on the thing, and which share of the picture the thing covers. */
    readonly thing?: { readonly hit: boolean; readonly share: number }
  }[]
}

/** A picture and its segmentation. */
export interface Divided {
  readonly picture: RawImage
  readonly found: RawImage
  readonly legend: readonly LegendEntry[]
  /** If the truth is known: the truth as a drawing, and the share of pixels on which both agree. */
  readonly truth?: { readonly picture: RawImage; readonly agreeing: number }
}

/** How many results are right, and how many would be by chance. */
export interface Score {
  readonly what: string
  readonly right: number
  readonly of: number
  readonly chance: string
}

export interface Findings {
  /** Says in one or two sentences which pictures the model looked at. */
  readonly about: string
  readonly scores: readonly Score[]
  readonly named: { readonly about: string; readonly all: readonly Named[] }
  readonly sought: { readonly about: string; readonly all: readonly Sought[] }
  readonly located: { readonly about: string; readonly all: readonly Located[] }
  readonly divided: { readonly about: string; readonly all: readonly Divided[] }
  readonly credits: string
}

export interface Report {
  readonly findings: Findings
  readonly agreement: readonly Agreement[]
  /** The model's name. */
  readonly model: string
  readonly device: Device
}
