/** The plan for resizing an image, made before its pixels are known. */
import type { RawImage } from '../raw-image'
import type { Interpolation } from './kernel'

/** A rectangle: `[left, top, width, height]`. */
export type Region = readonly [number, number, number, number]

/** The properties of an image that are known before it is decoded. */
export type ImageShape = Pick<RawImage, 'width' | 'height' | 'palette'>

/** How an image is resized. */
export interface ResizePlan {
  /** The part of the source that is resized. Pixels outside it do not bleed in. */
  readonly part: Region
  /** Size that this part is resized to, in pixels. */
  readonly width: number
  readonly height: number
  /** The part of the result that is computed. Its pixels are those of the whole result. */
  readonly region: Region
  /** Default `bicubic`. */
  readonly interpolation?: Interpolation
}

/** A function that plans the resizing of an image of a given size. */
export type PlanResize = (size: Pick<RawImage, 'width' | 'height'>) => ResizePlan
