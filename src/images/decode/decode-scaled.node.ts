/** Decodes large photographs at a smaller size: libjpeg and libwebp scale while they decode, which takes a fraction of the time. */
import type { ImageHeader, SizedHeader } from '../formats/image-header'
import { inMemory, readBands } from '../open-image'
import type { RawImage } from '../raw-image'
import type { Interpolation } from '../resample/kernel'
import { startResize } from '../resample/resize'
import type { PlanResize } from '../resample/resize-plan'
import { readPixels, startSharp, type SharpInput } from './sharp.node.ts'
import { turn, turns } from './turn'

/** A smaller image is decoded as a whole: libjpeg halves sides, and both must stay at least twice as long as needed. */
const leastFactor = 4

/** libvips's names of Pillow's filters. Nearest neighbour has none: its pixels must come from the file. */
const kernels = {
  bicubic: 'cubic',
  bilinear: 'linear',
  lanczos: 'lanczos3',
  nearest: undefined,
} as const satisfies Record<Interpolation, string | undefined>

/** Whether an image's decoder can scale. Alpha and CMYK need their own pixels. */
export function canScale({ format, alpha, cmyk }: ImageHeader): boolean {
  return (format === 'jpeg' || format === 'webp') && alpha === false && !cmyk
}

/**
 * Decodes a JPEG or WebP file at a smaller size, and resizes it to the size that the plan for the whole upright image states.
 * @param header a header for which `canScale` is true
 * @returns `undefined` if the image is not large enough
 */
export async function resizeWhileDecoding(
  input: SharpInput,
  header: SizedHeader,
  exifOrientation: boolean,
  plan: PlanResize,
): Promise<RawImage | undefined> {
  const { format, exif } = header
  const open = await startSharp(header)
  const mayTurn = exifOrientation && exif !== false
  const upright = mayTurn ? (turns[(await open(input).metadata()).orientation ?? 1] ?? {}) : {}
  const swap = <Side>(sides: readonly [Side, Side]) => (upright.transpose ? ([sides[1], sides[0]] as const) : sides)
  const [width, height] = swap([header.width, header.height])
  const planned = plan({ width, height })
  const kernel = kernels[planned.interpolation ?? 'bicubic']
  if (kernel === undefined || Math.min(width / planned.width, height / planned.height) < leastFactor) return undefined
  // sharp leaves libjpeg's picture at least twice as large as wanted, and resizes the rest. It lets libwebp make any size at once.
  const scale = format === 'jpeg' ? 1 : 2
  const [columns, rows] = swap([scale * planned.width, scale * planned.height])
  const resized = open(input).resize(columns, rows, { fit: 'fill', kernel, fastShrinkOnLoad: format === 'webp' })
  const small = turn(await readPixels(resized, header), upright)
  return readBands(inMemory(small), startResize(small, { ...planned, part: [0, 0, small.width, small.height] }))
}
