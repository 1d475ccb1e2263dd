/** A sample of long-caption data: an image and its captions. */
import { checkObject, wrongArgument } from '../check-arguments'
import type { ImageInput } from '../images/raw-image'

/** The released captions: short and long, by InstructBLIP, ShareGPT4V and LLaVA-1.5, in the order in which the reference joins them. */
export const releasedNames = ['shortIB', 'longIB', 'shortSV', 'longSV', 'shortLLA', 'longLLA'] as const

/** All names of captions. `other` holds captions without a known source, such as the lines of a text file next to an image. */
export const captionNames = [...releasedNames, 'other'] as const

export type CaptionName = (typeof captionNames)[number]

/** A caption, or its sub-captions if the data is already split. */
export type Caption = string | readonly string[]

/** One sample of a data set. */
export interface CaptionRecord {
  /** The sample's name in the data: a path, a URL, a key in a shard. */
  readonly key: string
  /** The image, or its path or URL. */
  readonly image: ImageInput
  /** The original caption of the image; empty if the data has none. */
  readonly raw: Caption
  readonly captions: Readonly<Partial<Record<CaptionName, Caption>>>
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for a record whose captions are missing or not text */
export function checkRecord(name: string, record: CaptionRecord): CaptionRecord {
  const { raw, captions } = checkObject(name, record, 'a record { key, image, raw, captions }')
  checkCaption(`${name}.raw`, raw)
  for (const [kind, caption] of Object.entries(checkObject(`${name}.captions`, captions))) {
    if (caption !== undefined) checkCaption(`${name}.captions.${kind}`, caption)
  }
  return record
}

function checkCaption(name: string, caption: Caption): void {
  const isCaption =
    typeof caption === 'string' || (Array.isArray(caption) && caption.every((piece) => typeof piece === 'string'))
  if (!isCaption) throw wrongArgument(name, 'a text or an array of texts', caption)
}
