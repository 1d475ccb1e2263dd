/** The inputs that a user names on the command line: images in folders and patterns, lines of files and of standard input. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { glob } from 'tinyglobby'
import { readTextFile } from '../bytes/read/file.node.ts'
import { DreamLIPError } from '../index.node.ts'
import { plural } from '../plural'

const decoded = /\.(jpe?g|jpe|jfif|a?png|webp|gif|avif|tiff?|bmp|dib|hei[cf]|hif)$/i

/** Pictures in formats that are not decoded. A note mentions them; otherwise, nobody would notice that they are missing. */
const notDecoded = /\.(jxl|jp2|j2k|jpx|svgz?|psd|ico|tga|ppm|pgm|pbm|pnm|exr|hdr|dds|cr2|cr3|nef|arw|dng|orf|rw2|raf)$/i

/**
 * Paths and URLs of images, in the order of the arguments: a folder stands for all images in it and its subfolders, sorted by name; a
 * pattern (`photos/*.jpg`) for what it matches; `-` for the lines of standard input.
 * @param note called if pictures in folders are left out because their format is not decoded
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an argument that matches nothing
 */
export async function listImages(
  inputs: readonly string[],
  signal: AbortSignal,
  note: (message: string) => void = () => undefined,
): Promise<string[]> {
  const lists: string[][] = []
  for (const input of inputs) lists.push(await expand(input, signal, note))
  return lists.flat()
}

async function expand(input: string, signal: AbortSignal, note: (message: string) => void): Promise<string[]> {
  if (input === '-') return (await readLines('-', signal)).filter((line) => line !== '')
  if (/^(https?|data|file):/i.test(input)) return [input]
  const stats = await stat(input).catch(() => undefined)
  if (stats && !stats.isDirectory()) return [input]
  const found = stats
    ? await imagesBelow(input, note)
    : await glob(input.replaceAll('\\', '/'), { expandDirectories: false })
  if (found.length > 0) return found.sort()
  const problem = stats ? 'the folder contains no images' : 'no file, folder or pattern matches it'
  throw new DreamLIPError('SOURCE_UNREADABLE', `${input}: ${problem}. Check the path.`)
}

/** The most names in a note. */
const namesInNote = 5

async function imagesBelow(folder: string, note: (message: string) => void): Promise<string[]> {
  const files = (await glob('**/*', { cwd: folder })).map((name) => join(folder, name))
  const foreign = files.filter((file) => notDecoded.test(file)).sort()
  if (foreign.length > 0) {
    const more = foreign.length > namesInNote ? ` and ${foreign.length - namesInNote} more` : ''
    const names = `${foreign.slice(0, namesInNote).join(', ')}${more}`
    const pictures = plural(foreign.length, 'picture')
    note(`left out ${pictures} in unsupported formats: ${names}.`)
  }
  return files.filter((file) => decoded.test(file))
}

/**
 * Lines of a text file, or of standard input for `-`, without their ends.
 * @throws DreamLIPError `SOURCE_UNREADABLE`
 */
export async function readLines(path: string, signal: AbortSignal): Promise<string[]> {
  const content = path === '-' ? await readStandardInput(signal) : await readTextFile(path)
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** The most bytes of a list. A larger file is not a list of names. */
const largestInput = 1 << 27

async function readStandardInput(signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder()
  let [content, length] = ['', 0]
  try {
    for await (const chunk of addAbortSignal(signal, process.stdin)) {
      if ((length += (chunk as Buffer).length) > largestInput) throw new Error(`it has more than ${largestInput} bytes`)
      content += decoder.decode(chunk as Buffer, { stream: true })
    }
    return content + decoder.decode()
  } catch (error) {
    const problem = `could not be read: ${(error as Error).message}`
    throw new DreamLIPError('SOURCE_UNREADABLE', `standard input: ${problem}. Check what you send to it.`, {
      cause: error,
    })
  }
}
