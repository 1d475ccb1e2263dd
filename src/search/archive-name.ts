/** Recognises archives by name. */
import { isURL } from '../bytes/http/address'

const archive = /\.(tar|tar\.gz|tgz)$/i

/** Whether a location is named like a tar archive. */
export function isArchiveName(location: string): boolean {
  return archive.test(isURL(location) ? location.replace(/[?#].*/s, '') : location)
}
