/** A record in the form in which a shard stores it. */
import { loadSharp } from '#images/decode'
import { encodedBytes } from '../../images/decode/source/image-bytes.node.ts'
import { DreamLIPError } from '../../errors'
import { captionNames, type CaptionRecord } from '../record'
import type { Problem, Reading } from '../shard'
import type { ArchivedSample } from './archive'
import { textOf, type TextFile } from './text-file'

/**
 * The bytes of the image, if they begin like an image. Only decoding shows whether the rest is intact.
 * @param texts the caption that is also stored as text; default none
 */
export async function loadSample(
  reading: Reading,
  number: number,
  texts?: TextFile,
): Promise<ArchivedSample | { readonly problem: Problem }> {
  if ('problem' in reading) return reading
  const { record } = reading
  const text = texts && textOf(record, texts, number)
  if (texts && text === undefined) {
    return { problem: { reason: 'caption', sample: record.key, message: 'it has no caption with words' } }
  }
  try {
    const { bytes } = await encodedBytes(record.image)
    const sharp = await loadSharp()
    const { format } = await sharp(bytes).metadata()
    return { number, ending: format === 'jpeg' ? 'jpg' : format, image: bytes, captions: captionsOf(record), text }
  } catch (error) {
    if (error instanceof DreamLIPError && error.code === 'MISSING_DEPENDENCY') throw error
    return { problem: { reason: 'image', sample: record.key, message: (error as Error).message } }
  }
}

/** The captions as JSON, with the keys of the released files. */
export function captionsOf({ key, raw, captions }: CaptionRecord): string {
  const entries = captionNames.flatMap((name) =>
    captions[name] === undefined ? [] : [[`${name}_captions`, captions[name]]],
  )
  return JSON.stringify({ key, raw_caption: raw, ...Object.fromEntries(entries) })
}
