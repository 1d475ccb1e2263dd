/** Paths on a disk: Node has them, browsers do not. */
import { DreamLIPError } from '../errors'
import type { ByteSource } from './byte-source'

export interface Disk {
  /** Opens a path or `file:` URL. @throws DreamLIPError `SOURCE_UNREADABLE` */
  open(location: string | URL): Promise<ByteSource>
  /** All bytes of a file. @throws DreamLIPError `SOURCE_UNREADABLE`, also for more than `limit` bytes */
  read(location: string | URL, limit: number): Promise<Uint8Array>
  /** Creates a folder and its parents, unless they exist. @throws DreamLIPError `WRITE_FAILED` */
  makeFolder(path: string): Promise<void>
  /** Writes a file completely or not at all. @throws DreamLIPError `WRITE_FAILED`; the signal's reason when aborted */
  write(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>
}

/** The error for reading a path without a disk. */
export function noPathToRead(location: string | URL): DreamLIPError {
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${String(location)}: a browser cannot open a file by its path. Pass an http(s) URL, a File from an <input>, or the bytes.`,
  )
}

/** The error for writing to a path without a disk. */
export function noPathToWrite(path: string): DreamLIPError {
  return new DreamLIPError(
    'WRITE_FAILED',
    `${path}: a browser cannot write a file by its path. Use the bytes instead: model.toBlob(), safetensorsBlob() or pyTorchBlob().`,
  )
}
