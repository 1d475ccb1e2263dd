/** Finds the address that relative addresses start from. */

let known: string | undefined

/** The address of the page, or of the worker. Undefined in Node. */
export function pageAddress(): string | undefined {
  const { document, location } = globalThis as { document?: { baseURI: string }; location?: { href: string } }
  return known ?? document?.baseURI ?? location?.href
}

/** In a worker, relative addresses start from the page that passed them. */
export function startAddressesAt(page: string): void {
  known = page
}
