/** A folder of photographs, each with its captions in a text file beside it. */
import { joinPath, listFiles, readText } from '#training/files'
import { DreamLIPError } from '../errors'
import type { ImageTextRecord } from './image-text-data'

const images = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i

/**
 * The images of a folder and the folders in it that have a text file of the same name: `beach.jpg` and `beach.txt`, which holds
 * one caption a line, the most important first. Long captions are welcome. Images without a text file are left out.
 * @throws DreamLIPError `DATA_EMPTY` where no image has captions, `SOURCE_UNREADABLE` for a text file that cannot be read
 */
export async function readCaptionFolder(folder: string): Promise<ImageTextRecord[]> {
  const files = await listFiles(folder, true)
  const names = new Set(files)
  const photographs = files.filter((name) => images.test(name))
  const captioned = photographs.filter((name) => names.has(captionsOf(name)))
  if (captioned.length === 0) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `${folder}: expected images with a text file beside each (beach.jpg and beach.txt, one caption a line); ` +
        `found ${photographs.length} images, none of them with a text file.`,
    )
  }
  return Promise.all(
    captioned.map(async (name) => {
      const text = await readText(joinPath(folder, captionsOf(name)))
      return { image: joinPath(folder, name), captions: text.split(/\r?\n/), name }
    }),
  )
}

function captionsOf(image: string): string {
  return image.replace(images, '.txt')
}
