/** Recognises web addresses, and shortens them for messages. */
import { DreamLIPError } from '../../errors'

/** Whether a location is an http(s) address rather than a path. */
export function isURL(location: string): boolean {
  return /^https?:\/\//i.test(location)
}

/** Whether a location is a Windows path. A URL parser would read `c:/a` as an address with the scheme `c:`, and `\\server\a` as the address of a server. */
export function isWindowsPath(location: string): boolean {
  return /^(?:[a-z]:[\\/]|\\\\)/i.test(location)
}

/** The address without user, password, query and fragment, which may contain secrets. Accepts any text. */
export function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*/s, '').replace(/\/\/[^/@]*@/, '//')
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** Refuses an invalid address before a request is made. @throws DreamLIPError `SOURCE_UNREADABLE` */
export function checkAddress(url: string): void {
  if (isURL(url) && URL.canParse(url)) return
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${withoutSecrets(url)}: expected an http(s) address; this one is not valid. Check its spelling.`,
  )
}
