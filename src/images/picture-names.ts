/** Distinguishes pictures from other files by the endings of their names. */

const decoded = /\.(jpe?g|jpe|jfif|a?png|webp|gif|avif|tiff?|bmp|dib|hei[cf]|hif)$/i

const notDecoded = /\.(jxl|jp2|j2k|jpx|svgz?|psd|ico|tga|ppm|pgm|pbm|pnm|exr|hdr|dds|cr2|cr3|nef|arw|dng|orf|rw2|raf)$/i

/** Whether a name has the ending of a supported image format. */
export function isPictureName(name: string): boolean {
  return decoded.test(name)
}

/** Whether a name has the ending of an unsupported picture format. */
export function isForeignName(name: string): boolean {
  return notDecoded.test(name)
}
