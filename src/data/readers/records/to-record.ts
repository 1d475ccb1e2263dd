/** Turns cells or JSON values of any layout into a record. */
import type { ImageInput } from '../../../images/raw-image'
import { captionOf, isNoValue, NoCaption } from './caption-value'
import type { ColumnRole, Columns } from './columns'
import { captionNames, type Caption, type CaptionRecord } from '../../record'
import { RefusedLocation } from './refused-location'

/**
 * Turns the image path in the data into a location.
 * @throws RefusedLocation for a location that the data may not name
 */
export type ResolveImage = (path: string) => ImageInput

/** The record of a row of values, or a sentence that says why there is none. */
export function recordOf(row: readonly unknown[], { places }: Columns, resolve: ResolveImage): CaptionRecord | string {
  const valueOf = (role: ColumnRole | 'status') => (places[role] === undefined ? undefined : row[places[role]])
  try {
    const image = imageOf(valueOf('image'), resolve)
    if (image === undefined) return whyNoImage(valueOf('status'))
    const captions: Partial<Record<string, Caption>> = {}
    for (const name of captionNames) {
      const caption = captionOf(valueOf(name))
      if (caption !== undefined) captions[name] = caption
    }
    return { ...image, ...withRaw(captionOf(valueOf('raw')) ?? '', captions) }
  } catch (error) {
    if (error instanceof NoCaption || error instanceof RefusedLocation) return error.message
    throw error
  }
}

/** The first of several raw captions is the raw one; the others are `other` captions. */
export function withRaw(raw: Caption, captions: CaptionRecord['captions']): Pick<CaptionRecord, 'raw' | 'captions'> {
  if (typeof raw === 'string') return { raw, captions }
  const [first = '', ...rest] = raw
  if (rest.length === 0) return { raw: first, captions }
  const others = captions.other ?? []
  return {
    raw: first,
    captions: { ...captions, other: [...rest, ...(typeof others === 'string' ? [others] : others)] },
  }
}

/** A path, or the image itself, as `{ bytes, path }` in Hugging Face's data sets. */
function imageOf(value: unknown, resolve: ResolveImage): Pick<CaptionRecord, 'key' | 'image'> | undefined {
  if (typeof value === 'string' && (value.trim() === '' || isNoValue(value))) return undefined
  if (typeof value === 'string') return { key: value, image: resolve(value) }
  if (value instanceof Uint8Array && value.length > 0) return { key: 'image', image: value }
  if (Array.isArray(value) && value.length === 1) return imageOf(value[0], resolve)
  if (typeof value !== 'object' || value === null) return undefined
  const { bytes, path } = value as { bytes?: unknown; path?: unknown }
  const key = typeof path === 'string' ? path : 'image'
  if (bytes instanceof Uint8Array && bytes.length > 0) return { key, image: bytes }
  return typeof path === 'string' && path !== '' ? { key, image: resolve(path) } : undefined
}

/** img2dataset also writes rows for downloads that failed. */
function whyNoImage(status: unknown): string {
  return typeof status === 'string' && status !== 'success'
    ? `it was not downloaded: its status is ${status.slice(0, 60)}`
    : 'it has no image path'
}
