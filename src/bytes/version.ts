/** Versions of a file, on a disk or on a server. */

export interface Version {
  /** Size of the whole file in bytes; `undefined` if a server does not send it. */
  readonly size: number | undefined
  /** For a server: the ETag, else the Last-Modified date, else empty. For a file on a disk: its modification date. */
  readonly validator: string
}

/** Whether two versions are the same. Parts that only one of them states are ignored. */
export function sameVersion(before: Version, now: Version): boolean {
  const sameSize = before.size === undefined || now.size === undefined || before.size === now.size
  return sameSize && before.validator === now.validator
}

/** A version as text, for storing and comparing. */
export function versionText({ size, validator }: Version): string {
  return `${size ?? 'unknown'} bytes, ${validator}`
}
