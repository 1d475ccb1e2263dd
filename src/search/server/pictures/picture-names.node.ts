/** Names of pictures in URLs: they contain no path, and cannot be guessed. */
import { createHmac } from 'node:crypto'

/** A picture that the server may send. */
export interface KnownPicture {
  readonly path: string
  /** SHA-256 of the file when it was indexed, in hex. A file with other contents is not sent. */
  readonly hash: string
}

/** The maximum number of remembered names; the oldest are forgotten first. A page shows a few hundred. */
const mostNames = 100_000

export interface PictureNames {
  /** The name of a picture, the same for the same file and contents. `undefined` if the contents are not known. */
  nameOf(picture: { readonly path: string; readonly hash?: string }): string | undefined
  /** The picture with a name that `nameOf` returned. */
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
