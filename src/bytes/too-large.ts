/** What reading ends with when more bytes come than the caller allows. */
export class TooLarge extends Error {
  constructor(readonly source: string) {
    super(`${source} is too large`)
  }
}
