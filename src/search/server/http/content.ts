/** Something that the server gives out. */
export interface Content {
  readonly type: string
  readonly bytes: Uint8Array
  /** How long browsers may keep it; default: not at all. */
  readonly keep?: 'revalidate' | 'forever'
}
