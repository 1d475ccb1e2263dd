/** What the demo finds, before it is printed and drawn: pictures, and what the model says of them. */
import type { Classification, Device, LegendEntry, RawImage } from 'dreamlip'
import type { Agreement } from './agreement'

/** A picture of one thing, and the labels that the model thinks likeliest. */
export interface Named {
  readonly picture: RawImage
  /** Whose picture it is. */
  readonly about: string
  /** The right label. */
  readonly truth: string
  /** The likeliest first. */
  readonly scores: readonly Classification[]
}

/** A description, and the pictures that the model thinks are meant. */
export interface Sought {
  readonly sentences: readonly string[]
  /** Place of the right picture among all, from 1. */
  readonly rank: number
  /** The most similar pictures first; the right one stands at the end where it is not among them. */
  readonly pictures: readonly { readonly picture: RawImage; readonly cosine: number; readonly right: boolean }[]
}

/** A picture, and where the model finds what sentences speak of. */
export interface Located {
  readonly picture: RawImage
  readonly maps: readonly {
    readonly text: string
    readonly picture: RawImage
    /** Where it is known: whether the best place lies on the thing, and how much of the picture the thing fills. */
    readonly thing?: { readonly hit: boolean; readonly share: number }
  }[]
}

/** A picture, what it is made of, and what the model thinks that it is made of. */
export interface Divided {
  readonly picture: RawImage
  readonly found: RawImage
  readonly legend: readonly LegendEntry[]
  /** The truth drawn in the same way, and the share of pixels where both agree, where it is known. */
  readonly truth?: { readonly picture: RawImage; readonly agreeing: number }
}

/** How often something came out right, and how often it would by chance. */
export interface Score {
  readonly what: string
  readonly right: number
  readonly of: number
  readonly chance: string
}

export interface Findings {
  /** What was looked at, in a sentence or two. */
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
  /** What the model is called. */
  readonly model: string
  readonly device: Device
}
