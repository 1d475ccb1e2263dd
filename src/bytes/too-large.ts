/** Thrown while reading when there are more bytes than the caller allows. */
export class TooLarge extends Error {
  constructor(readonly source: string) {
    super(`${source} is too large`)
  }
}
