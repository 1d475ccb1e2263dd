/** Reads command-line inputs: images from folders and patterns, and lines from files and standard input. */
import { addAbortSignal } from 'node:stream'
import { readTextFile } from '../bytes/read/file.node.ts'
import { DreamLIPError, listImages } from '../index.node.ts'
import type { Context } from './verb'

/**
 * Paths and URLs of images, in the order of the arguments, as `listImages` finds them; `-` stands for the lines of standard input.
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an argument that matches nothing
 */
export async function listInputs(inputs: readonly string[], { signal, note }: Pick<Context, 'signal' | 'note'>) {
  const lists: string[][] = []
  for (const input of inputs) {
    const listed = input === '-' ? await readLines('-', signal) : await listImages(input, { signal, onWarning: note })
    lists.push(listed.filter((line) => line !== ''))
  }
  return lists.flat()
}

/**
 * Lines of a text file, or of standard input for `-`, without line endings.
 * @throws DreamLIPError `SOURCE_UNREADABLE`
 */
export async function readLines(path: string, signal: AbortSignal): Promise<string[]> {
  const content = await readContent(path, signal)
  const lines = content.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/**
 * The names in a list, one per line, without empty ones; with `isNull`, each ends in a NUL character.
 * @throws DreamLIPError `SOURCE_UNREADABLE`
 */
export async function readNames(path: string, isNull: boolean, signal: AbortSignal): Promise<string[]> {
  const names = isNull ? (await readContent(path, signal)).split('\0') : await readLines(path, signal)
  return names.filter((name) => name !== '')
}

function readContent(path: string, signal: AbortSignal): Promise<string> {
  return path === '-' ? readStandardInput(signal) : readTextFile(path)
}

/** The maximum number of bytes in a list. A larger file is not a list of names. */
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
