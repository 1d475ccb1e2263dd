/** What the user names on the command line: images in folders and patterns, lines of files and of standard input. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import { glob } from 'tinyglobby'
import { DreamLIPError } from '../index'

const imageFiles = '**/*.{jpg,jpeg,png,webp,gif,avif,tif,tiff,bmp}'

/**
 * Paths and URLs of images, in the order of the arguments: a folder stands for all images in it and below, sorted by name; a
 * pattern (`photos/*.jpg`) for what it matches; `-` for the lines of standard input.
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an argument that stands for nothing
 */
export async function listImages(inputs: readonly string[], signal: AbortSignal): Promise<string[]> {
  const lists: string[][] = []
  for (const input of inputs) lists.push(await expand(input, signal))
  return lists.flat()
}

async function expand(input: string, signal: AbortSignal): Promise<string[]> {
  if (input === '-') return (await readLines('-', signal)).filter((line) => line !== '')
  if (/^(https?|data|file):/i.test(input)) return [input]
  const stats = await stat(input).catch(() => undefined)
  if (stats && !stats.isDirectory()) return [input]
  const found = stats
    ? (await glob(imageFiles, { cwd: input, caseSensitiveMatch: false })).map((name) => join(input, name))
    : await glob(input.replaceAll('\\', '/'), { expandDirectories: false })
  if (found.length > 0) return found.sort()
  const problem = stats ? 'the folder holds no images' : 'there is no such file or folder, and nothing matches it'
  throw new DreamLIPError('SOURCE_UNREADABLE', `${input}: ${problem}. Check the path.`)
}

/**
 * Lines of a text file, or of standard input for `-`, without their ends.
 * @throws DreamLIPError `SOURCE_UNREADABLE`
 */
export async function readLines(path: string, signal: AbortSignal): Promise<string[]> {
  const reading =
    path === '-' ? readAll(addAbortSignal(signal, process.stdin)) : readFile(path, { encoding: 'utf8', signal })
  const content = await reading.catch((error: Error) => {
    throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: could not be read: ${error.message}. Check the path.`, {
      cause: error,
    })
  })
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
