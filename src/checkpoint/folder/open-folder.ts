/** The folder of a checkpoint, on a disk or on the web. */
import { openLocalFolder, localFolderOf } from '#checkpoint/folder/local-folder'
import { addressInPage } from '../../bytes/http/page-address'
import { pageForFile } from '../../bytes/http/answer'
import { openByteSource, type ByteSourceInput, type OpenOptions } from '../../bytes/read/open-source'
import type { ByteSource } from '../../bytes/byte-source'
import { DreamLIPError } from '../../errors'
import type { Folder } from './folder'

/** How to request the files of a folder on the web. */
type Requests = Pick<OpenOptions, 'headers' | 'keep'>

/** The input as a folder; `undefined` if it is not one. */
export async function openFolder(input: ByteSourceInput, requests: Requests = {}): Promise<Folder | undefined> {
  const url = addressOf(input)
  if (url) return url.pathname.endsWith('/') ? webFolder(url, requests) : undefined
  return isLocation(input) ? openLocalFolder(input) : undefined
}

/** The folder that contains the input; `undefined` for bytes and Blobs. */
export function folderOf(input: ByteSourceInput, requests: Requests = {}): Folder | undefined {
  const url = addressOf(input)
  if (url) return webFolder(new URL('.', url), requests)
  return isLocation(input) ? localFolderOf(input) : undefined
}

/** The last part of a path or address. */
export function fileNameOf(input: ByteSourceInput): string | undefined {
  const url = addressOf(input)
  if (url) return url.pathname.split('/').at(-1)
  return isLocation(input) ? String(input).split(/[/\\]/).at(-1) : undefined
}

function isLocation(input: ByteSourceInput): input is string | URL {
  return typeof input === 'string' || input instanceof URL
}

/** The input as an http(s) address. In a page or worker, relative addresses count too. */
export function addressOf(input: ByteSourceInput): URL | undefined {
  if (!isLocation(input)) return undefined
  const text = String(input)
  if (/^(?:blob|data):/i.test(text)) return undefined
  return addressInPage(text) ?? (/^https?:/i.test(text) && URL.canParse(text) ? new URL(text) : undefined)
}

function webFolder(url: URL, requests: Requests): Folder {
  return {
    name: `${url.origin}${url.pathname}`,
    async open(file, signal, patience) {
      try {
        const address = new URL(file.split('/').map(encodeURIComponent).join('/'), url)
        const source = await openByteSource(address, { ...requests, signal, patience })
        if (!(await isPage(source, signal))) return source
        await source.close()
        return undefined
      } catch (error) {
        if (isAnswer(error, [404, 410]) || isPageForFile(error)) return undefined
        throw error
      }
    },
    list: async () => undefined,
  }
}

/** Whether the error is a server's response with one of these statuses. */
export function isAnswer(error: unknown, statuses: readonly number[]): boolean {
  return error instanceof DreamLIPError && error.code === 'HTTP_STATUS' && statuses.includes(error.cause as number)
}

/** Some servers send a web page for every missing address. */
function isPageForFile(error: unknown): boolean {
  return error instanceof DreamLIPError && error.cause === pageForFile
}

/** Whether the bytes are a web page, although they were not sent as one. */
async function isPage(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  const head = await source.read(0, Math.min(64, source.byteLength), signal)
  return /^\s*<(?:!doctype|html)/i.test(new TextDecoder().decode(head))
}

/** Refuses names that lead out of a folder, or that are not file names. @throws DreamLIPError `CHECKPOINT_MISMATCH` */
export function checkFileName(from: string, file: unknown): string {
  if (typeof file === 'string' && /^[\w. +=-]{1,255}$/.test(file) && !/^\.+$/.test(file)) return file
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${from}: it names the file ${typeof file === 'string' ? JSON.stringify(file.slice(0, 200)) : `of type ${typeof file}`}; expected the name of a file next to it, without a path.`,
  )
}
