/** Finds images by paths, folders and patterns. */
import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { checkCall, checkCallback, checkStrings } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { plural } from '../plural'
import { warn } from '../warn'
import { isForeignName, isPictureName } from './picture-names'

export interface ListImagesOptions {
  /** Called if a folder contains pictures in formats that cannot be decoded; they are left out. Default: a process warning. */
  readonly onWarning?: (message: string) => void
  readonly signal?: AbortSignal
}

/**
 * Lists images as the command line does, for `encodeImage`, `classify` and others. Node only.
 * @param inputs one or several: a folder stands for all images in it and in its subfolders; a pattern (`photos/*.jpg`,
 *   `photos/cats-*`) for the files that match it; paths and URLs are returned as they are
 * @returns paths and URLs in the order of `inputs`; those of a folder or pattern are sorted by name
 * @throws DreamLIPError `SOURCE_UNREADABLE` if an input matches nothing: a folder without images, or a pattern or path that
 *   matches no file
 *
 * @example
 * const paths = await listImages('photos')
 * const images = await model.encodeImage(paths)
 */
export async function listImages(
  inputs: string | readonly string[],
  options: ListImagesOptions = {},
): Promise<string[]> {
  const { onWarning = warn, signal } = checkCall(options)
  checkCallback('onWarning', onWarning)
  const all = typeof inputs === 'string' ? [inputs] : inputs
  checkStrings('inputs', all, 'a path, folder or pattern, or an array of them')
  const lists: string[][] = []
  for (const input of all) {
    signal?.throwIfAborted()
    lists.push(await expand(input, onWarning))
  }
  return lists.flat()
}

async function expand(input: string, onWarning: (message: string) => void): Promise<string[]> {
  if (/^(https?|data|file|blob):/i.test(input)) return [input]
  const stats = await stat(input).catch(() => undefined)
  if (stats && !stats.isDirectory()) return [input]
  const found = stats ? await imagesBelow(input, onWarning) : await matching(input)
  if (found.length > 0) return found.sort()
  const problem = stats ? 'the folder contains no images' : 'no file, folder or pattern matches it'
  throw new DreamLIPError('SOURCE_UNREADABLE', `${input}: ${problem}. Check the path.`)
}

/** The files that match a pattern. */
async function matching(pattern: string, cwd?: string): Promise<string[]> {
  const { glob } = await import('tinyglobby') // only this function needs it
  return glob(pattern.replaceAll('\\', '/'), { cwd, expandDirectories: false, absolute: isAbsolute(pattern) })
}

/** Maximum names in a warning. */
const namesShown = 5

async function imagesBelow(folder: string, onWarning: (message: string) => void): Promise<string[]> {
  const files = (await matching('**/*', folder)).map((name) => join(folder, name))
  // A warning mentions pictures in other formats; otherwise, nobody would notice that they are missing.
  const foreign = files.filter(isForeignName).sort()
  if (foreign.length > 0) {
    const more = foreign.length > namesShown ? ` and ${foreign.length - namesShown} more` : ''
    const names = `${foreign.slice(0, namesShown).join(', ')}${more}`
    onWarning(`${plural(foreign.length, 'picture')} in unsupported formats left out: ${names}.`)
  }
  return files.filter(isPictureName)
}
