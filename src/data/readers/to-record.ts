/** From cells or JSON values to a record, whatever the layout. */
import type { ImageInput } from '../../images/raw-image'
import type { ColumnRole, Columns } from './columns'
import { captionNames, type Caption, type CaptionRecord } from '../record'

/** Where images lie whose paths are relative, and other ways from a path to an image. */
export type ResolveImage = (path: string) => ImageInput

/** A record of a row of values, or in words why it is none. */
export function recordOf(row: readonly unknown[], { places }: Columns, resolve: ResolveImage): CaptionRecord | string {
  const valueOf = (role: ColumnRole) => (places[role] === undefined ? undefined : row[places[role]])
  const image = imageOf(valueOf('image'), resolve)
  if (image === undefined) return 'it names no image'
  const captions: Partial<Record<string, Caption>> = {}
  for (const name of captionNames) {
    const caption = captionOf(valueOf(name))
    if (caption !== undefined) captions[name] = caption
  }
  return { ...image, raw: captionOf(valueOf('raw')) ?? '', captions }
}

/** A path, or the picture itself as Hugging Face's data sets hold it: `{ bytes, path }`. */
function imageOf(value: unknown, resolve: ResolveImage): Pick<CaptionRecord, 'key' | 'image'> | undefined {
  if (typeof value === 'string' && value.trim() !== '') return { key: value, image: resolve(value) }
  if (value instanceof Uint8Array && value.length > 0) return { key: 'image', image: value }
  if (typeof value !== 'object' || value === null || !('bytes' in value)) return undefined
  const { bytes, path } = value as { bytes: unknown; path?: unknown }
  const key = typeof path === 'string' ? path : 'image'
  if (bytes instanceof Uint8Array && bytes.length > 0) return { key, image: bytes }
  return typeof path === 'string' && path !== '' ? { key, image: resolve(path) } : undefined
}

/** Text, or a list of it. */
function captionOf(value: unknown): Caption | undefined {
  if (typeof value === 'string') return value
  // Parquet files of old writers do not say that bytes are text.
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (Array.isArray(value)) return value.filter((piece) => typeof piece === 'string')
  return undefined
}
