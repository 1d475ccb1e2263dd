/** Which paths lie in which folders. */
import { stat } from 'node:fs/promises'
import nodePath, { type PlatformPath } from 'node:path'
import { isURL } from '../../../bytes/http/address'
import { pathOf } from '../../../bytes/read/regular-file.node.ts'

/**
 * The name under which an index keeps a location: the absolute path of a file, or the address as it is.
 * @param platform the rules: `path`, `path.posix` or `path.win32`
 */
export function idOf(location: string, platform: PlatformPath = nodePath): string {
  return isURL(location) ? location : platform.resolve(pathOf(location))
}

/** Whether an id is the path, or lies below it as a folder or an archive. Members of archives have slashes on every platform. */
export function isWithin(path: string, id: string): boolean {
  if (!id.startsWith(path)) return false
  return id.length === path.length || /[\\/]$/.test(path) || '/\\'.includes(id[path.length]!)
}

/** The archive that a picture with this id is a member of; undefined for any other picture. */
export async function archiveOf(id: string): Promise<string | undefined> {
  for (const { index, 0: ending } of id.matchAll(/\.(?:tar|tar\.gz|tgz)[\\/]/gi)) {
    const start = id.slice(0, index + ending.length - 1)
    if (isURL(start) || (await isFile(start))) return start
  }
  return undefined
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}
