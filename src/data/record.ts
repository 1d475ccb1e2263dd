/** What every layout of long-caption data is read into: an image and its captions. */
import type { ImageInput } from '../images/raw-image'

/** The released captions: short and long, by InstructBLIP, ShareGPT4V and LLaVA-1.5, in the order in which the reference strings them together. */
export const releasedNames = ['shortIB', 'longIB', 'shortSV', 'longSV', 'shortLLA', 'longLLA'] as const

/** All that captions are called: `other` are those of nobody in particular, such as the lines of a text file beside an image. */
export const captionNames = [...releasedNames, 'other'] as const

export type CaptionName = (typeof captionNames)[number]

/** A caption, or its sub-captions where the data come split already. */
export type Caption = string | readonly string[]

/** One sample of a data set. */
export interface CaptionRecord {
  /** What the data call it: a path, a URL, a key in a shard. */
  readonly key: string
  /** The picture, or where it lies. */
  readonly image: ImageInput
  /** The caption that the image was found with; empty where the data have none. */
  readonly raw: Caption
  readonly captions: Readonly<Partial<Record<CaptionName, Caption>>>
}
