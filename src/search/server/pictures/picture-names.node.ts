/** Names that stand for pictures in addresses: no path is in an address, and no name can be guessed. */
import { createHmac } from 'node:crypto'

/** A picture that the server may give out. */
export interface KnownPicture {
  readonly path: string
  /** SHA-256 of the file when it was indexed, hex: a file with other contents is not given out. */
  readonly hash: string
}

/** The names of more pictures are forgotten, the oldest first. A page shows a few hundred. */
const mostNames = 100_000

export interface PictureNames {
  /** The name of a picture, the same for the same file and contents. `undefined` if the contents are not known. */
  nameOf(picture: { readonly path: string; readonly hash?: string }): string | undefined
  /** The picture of a name that was given out. */
  pictureOf(name: string): KnownPicture | undefined
}

export function createPictureNames(secret: string): PictureNames {
  const given = new Map<string, KnownPicture>()
  return {
    nameOf({ path, hash }) {
      if (!hash) return undefined
      const name = createHmac('sha256', secret).update(`${hash}\0${path}`).digest('base64url').slice(0, 24)
      given.delete(name)
      given.set(name, { path, hash })
      if (given.size > mostNames) given.delete(given.keys().next().value!)
      return name
    },
    pictureOf: (name) => given.get(name),
  }
}
