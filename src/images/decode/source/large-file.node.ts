/** Large image files on this machine, which are decoded from the disk: the whole file is never in memory. */
import { existsSync, fstatSync, readSync, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openRegularFile, pathOf, unreadable } from '../../../bytes/read/regular-file.node.ts'
import { DreamLIPError } from '../../../errors'
import type { FileBytes } from '../../formats/file-bytes'
import { readImageHeader, type ImageHeader } from '../../formats/image-header'
import { limitOf, nameOf } from './encoded-image'

export interface LargeFile extends FileBytes {
  /** Its name in messages. */
  readonly name: string
  readonly header: ImageHeader
  /** A path for decoders that open the file themselves. */
  readonly path: string
  /** @throws DreamLIPError `SOURCE_UNREADABLE` if the file has changed since it was opened */
  checkUnchanged(): void
  close(): Promise<void>
}

/** Formats whose decoders read a file part by part. Other decoders need all of its bytes. */
const streamed: readonly ImageHeader['format'][] = ['png', 'tiff', 'bmp', 'gif']

/** The number of bytes that show the format and, for PNG, BMP and GIF, the size. */
const headBytes = 64

/**
 * Opens a file whose format can be decoded from the disk; `undefined` for any other file, which has to be read as a whole.
 * @throws DreamLIPError `SOURCE_UNREADABLE` when it is missing, not a file, or not readable
 */
export async function openLargeFile(location: string | URL): Promise<LargeFile | undefined> {
  const path = pathOf(location)
  const { handle, stats } = await openRegularFile(path)
  const close = () => handle.close()
  try {
    const read = (at: number, length: number) => readPart(path, handle, at, length)
    const file: FileBytes = { byteLength: stats.size, read }
    const header = readImageHeader(read(0, headBytes), file)
    const known = decoderPath(path, handle)
    if (known !== undefined && streamed.includes(header.format) && stats.size <= limitOf(path)) {
      const check = () => checkUnchanged(path, handle, stats)
      return { ...file, name: nameOf(location), header, path: known, checkUnchanged: check, close }
    }
    await close()
    return undefined
  } catch (error) {
    await close()
    throw unreadable(path, error)
  }
}

/** Waits for the disk: the pixels that follow keep the thread busy for much longer. */
function readPart(path: string, { fd }: FileHandle, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  try {
    for (let done = 0; done < length;) {
      const count = readSync(fd, bytes, done, length - done, at + done)
      if (count === 0) return bytes.subarray(0, done)
      done += count
    }
    return bytes
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Linux has a path for an open file. It leads to the checked file, even if the file's own path now leads to another one. */
function decoderPath(path: string, { fd }: FileHandle): string | undefined {
  const link = `/proc/self/fd/${fd}`
  if (existsSync(link)) return link
  // libvips reads text in brackets at the end of a path as options.
  return path.endsWith(']') ? undefined : path
}

function checkUnchanged(path: string, { fd }: FileHandle, before: Stats): void {
  const { size, mtimeMs } = fstatSync(fd)
  if (size === before.size && mtimeMs === before.mtimeMs) return
  throw new DreamLIPError('SOURCE_UNREADABLE', `${path}: the file changed while it was decoded. Try again.`)
}
