/** Opens files that browsers decode differently from Pillow. A page loads this for the first such file. */
import { openBmp } from '../formats/bmp'
import type { FileBytes } from '../formats/file-bytes'
import { refuseForeign } from '../formats/foreign'
import { openGif } from '../formats/gif'
import type { OpenImage } from '../open-image'

/** @throws DreamLIPError `IMAGE_INVALID` for damaged files and unsupported formats, `IMAGE_TOO_LARGE` */
export function openRareImage(name: string, format: 'gif' | 'bmp' | 'other', file: FileBytes): OpenImage {
  // Browsers drop the colour of transparent pixels in GIF files.
  if (format === 'gif') return openGif(name, file)
  if (format === 'bmp') return openBmp(name, file)
  throw refuseForeign(name, file.read(0, file.byteLength))
}
