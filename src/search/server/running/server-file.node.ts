/** The file in an index's folder with the address of its server. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readTextFile } from '../../../bytes/read/file.node.ts'
import { writeFilesTogether } from '../../../bytes/write/write-file.node.ts'

/** The contents of the file. */
export interface ServerFile {
  /** `http://127.0.0.1:8600`. */
  readonly url: string
  readonly pid: number
  /** The name of the machine, because a folder may be shared. */
  readonly host: string
  /** Authorizes programs of the same user to query the server. */
  readonly token: string
}

/** A longer file was written by another program. */
const longestFile = 4096

const pathIn = (folder: string) => join(folder, 'dreamlip-server.json')

export function createToken(): string {
  return randomBytes(32).toString('hex')
}

/** Writes the file, which only its owner can read. @throws DreamLIPError `WRITE_FAILED` */
export async function writeServerFile(
  folder: string,
  { url, token }: Pick<ServerFile, 'url' | 'token'>,
): Promise<void> {
  const path = pathIn(folder)
  const file: ServerFile = { url, pid: process.pid, host: hostname(), token }
  await rm(path, { force: true }) // an existing file would keep its permissions
  await writeFilesTogether([{ path, chunks: [new TextEncoder().encode(JSON.stringify(file))], mode: 0o600 }])
}

/** Removes the file unless another server has replaced it. */
export async function removeServerFile(folder: string, token: string): Promise<void> {
  if ((await readServerFile(folder))?.token === token) await rm(pathIn(folder), { force: true })
}

/** Reads the file. @returns `undefined` if there is none, or if its process is gone or on another machine */
export async function readServerFile(folder: string): Promise<ServerFile | undefined> {
  const text = await readTextFile(pathIn(folder), longestFile).catch(() => '')
  const file = parseServerFile(text)
  return file && file.host === hostname() && isRunning(file.pid) ? file : undefined
}

/**
 * The file's contents, if they are valid. Only addresses of this machine are accepted, so that others who can write to the folder
 * cannot learn the queries.
 */
export function parseServerFile(text: string): ServerFile | undefined {
  let value: Partial<Record<keyof ServerFile, unknown>> | null
  try {
    value = JSON.parse(text) as typeof value
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { url, pid, host, token } = value
  if (typeof url !== 'string' || !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/.test(url)) return undefined
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined
  if (typeof host !== 'string' || typeof token !== 'string' || !/^[0-9a-f]{64}$/.test(token)) return undefined
  return { url, pid, host, token }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
