/** Whether paths that data names stay inside a folder, by the rules of the platform. */
import type { PlatformPath } from 'node:path'

/** Windows opens devices by these names, in every folder and with any ending. */
const devices = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\..*)?$/i

/** Whether a path is absolute on any platform: `/a`, `\a`, `C:\a`, `C:/a`, `\\server\a`. */
export function isAnchored(path: string): boolean {
  return /^(?:[a-z]:)?[\\/]/i.test(path)
}

/**
 * A relative path of the data inside a folder; undefined if it leads out of it.
 * @param platform the rules: `path`, `path.posix` or `path.win32`
 */
export function pathInside(folder: string, path: string, platform: PlatformPath): string | undefined {
  const found = platform.join(folder, path.replaceAll('\\', '/'))
  const plain = decoded(path)
  const isSafe = isInside(folder, found, platform) && staysInside(plain, platform)
  return isSafe && (platform.sep === '/' || plain.split('/').every(isWindowsName)) ? found : undefined
}

/** Whether a path, without its percent signs and backslashes, stays inside every folder. */
export function staysInside(path: string, platform: PlatformPath): boolean {
  return isInside('/x', platform.join('/x', path), platform)
}

/** Whether a path is the folder or in it. On Windows, upper and lower case do not matter. */
export function isInside(folder: string, path: string, { relative, isAbsolute, sep }: PlatformPath): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Decodes percent signs as often as a server might, and turns backslashes into slashes. A percent sign that does not start a code stays. */
export function decoded(path: string): string {
  let text = path
  for (let times = 0; times < 3; times++) text = text.replace(/%(2e|2f|5c|25)/gi, (code) => decodeURIComponent(code))
  return text.replaceAll('\\', '/')
}

/** Whether a part of a path is the name of a plain file or folder on Windows. A colon would mean a drive or a hidden stream of a file. */
function isWindowsName(part: string): boolean {
  return !part.includes(':') && !devices.test(part.trimEnd())
}
