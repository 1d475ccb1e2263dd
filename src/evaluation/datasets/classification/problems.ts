/** The problems that readers of classification sets report, in stable words. */
import type { DataProblem } from '../data-set'

/** A folder or a word in a list that names no class. */
export function unknownClass(item: string, images: number): DataProblem {
  return {
    item,
    reason: 'class-unknown',
    message: `${item}: no class of the data set has this name; ${images === 1 ? 'its image is' : `its ${images} images are`} left out.`,
  }
}

/** A class without images. */
export function missingClass(name: string, place: string): DataProblem {
  return {
    item: name,
    reason: 'class-missing',
    message: `${name}: expected images of this class in ${place}; found none.`,
  }
}

/** A missing image that a list names. It stays in the set, and counts as wrong. */
export function missingImage(item: string): DataProblem {
  return {
    item,
    reason: 'image-missing',
    message: `${item}: the list of the data set names this image; it is not there.`,
  }
}

/** A line of a list that cannot be parsed. */
export function unreadableLine(list: string, line: number, text: string, expected: string): DataProblem {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  const item = `${list}, line ${line}`
  return { item, reason: 'line-unreadable', message: `${item}: expected ${expected}; got ${JSON.stringify(shown)}.` }
}

/** A file among the images that is not an image. */
export function notAnImage(item: string): DataProblem {
  return {
    item,
    reason: 'not-an-image',
    message: `${item}: expected only images; its ending is that of another kind of file.`,
  }
}

/** A data set with more or fewer images than its publishers state; none if the number is right or unknown. */
export function wrongCount(item: string, expected: number | undefined, found: number): DataProblem[] {
  if (expected === undefined || found === expected) return []
  const message = `${item}: expected ${expected} images; found ${found}. ${found < expected ? 'The download is incomplete.' : ''}`
  return [{ item, reason: 'incomplete', message: message.trim() }]
}
