/** What tells versions of a file apart, on a disk and on a server. */

export interface Version {
  /** Bytes of the whole file; `undefined` where a server does not say. */
  readonly size: number | undefined
  /** A server's ETag, else its Last-Modified, else empty; the date of a file on a disk. */
  readonly validator: string
}

/** Whether two versions are of the same file, as far as both say. */
export function sameVersion(before: Version, now: Version): boolean {
  const sameSize = before.size === undefined || now.size === undefined || before.size === now.size
  return sameSize && before.validator === now.validator
}

/** A version in words, by which it is remembered. */
export function versionText({ size, validator }: Version): string {
  return `${size ?? 'unknown'} bytes, ${validator}`
}
