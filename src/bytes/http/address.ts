/** Addresses on the web: what is one, and how it is named in messages. */
import { DreamLIPError } from '../../errors'

/** Whether a location is an http(s) address rather than a path. */
export function isURL(location: string): boolean {
  return /^https?:\/\//i.test(location)
}

/** The address without user, password, query and fragment, which may hold secrets. Safe for text that is no address. */
export function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*/s, '').replace(/\/\/[^/@]*@/, '//')
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** Refuses an address that cannot be one, before anything is asked. @throws DreamLIPError `SOURCE_UNREADABLE` */
export function checkAddress(url: string): void {
  if (isURL(url) && URL.canParse(url)) return
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${withoutSecrets(url)}: expected an http(s) address; this one is not valid. Check its spelling.`,
  )
}
