/** A decoded image: bytes in rows, as the file's own mode has them. */

/** 8-bit pixels, row by row, channels interleaved. 1 = gray, 2 = gray + alpha, 3 = RGB, 4 = RGB + alpha (not premultiplied). */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
  /** The file stored palette indices (or single bits): Pillow, and so the reference, resizes these by nearest neighbour. */
  readonly palette?: boolean
}

/** Whatever an image argument may be: a path, a URL, encoded bytes, decoded pixels, or a browser's own image objects. */
export type ImageInput =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | Uint8Array
  | RawImage
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | ImageBitmap
  | ImageData
  | VideoFrame
