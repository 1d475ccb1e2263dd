/** Tests whether paths lie in folders or archives. */
import { stat } from 'node:fs/promises'
import nodePath, { type PlatformPath } from 'node:path'
import { isURL } from '../../../bytes/http/address'
import { pathOf } from '../../../bytes/read/regular-file.node.ts'

/**
 * The id of a location in an index: the absolute path of a file, or a URL unchanged.
 * @param platform the path rules: `path`, `path.posix` or `path.win32`
 */
export function idOf(location: string, platform: PlatformPath = nodePath): string {
  return isURL(location) ? location : platform.resolve(pathOf(location))
}

/** Whether an id equals the path or lies below it, in a folder or archive. Archive members use slashes on every platform. */
export function isWithin(path: string, id: string): boolean {
  if (!id.startsWith(path)) return false
  return id.length === path.length || /[\\/]$/.test(path) || '/\\'.includes(id[path.length]!)
}

/** The archive that contains the picture with this id; undefined for any other picture. */
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
