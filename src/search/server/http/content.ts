/** Content that the server sends. */
export interface Content {
  readonly type: string
  readonly bytes: Uint8Array
  /** How long browsers may cache it; default: not at all. */
  readonly keep?: 'revalidate' | 'forever'
}
