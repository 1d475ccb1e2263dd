/** Finds the base URL of relative addresses. */
import { isWindowsPath } from './address'

let known: string | undefined

/** The address of the page, or of the worker. Undefined in Node. */
export function pageAddress(): string | undefined {
  const { document, location } = globalThis as { document?: { baseURI: string }; location?: { href: string } }
  return known ?? document?.baseURI ?? location?.href
}

/** A location as an absolute address, as a page or worker understands it. Undefined for files, and for all locations in Node. */
export function addressInPage(location: string): URL | undefined {
  const page = pageAddress()
  const isFile = /^file:/i.test(location) || isWindowsPath(location)
  return page !== undefined && !isFile && URL.canParse(location, page) ? new URL(location, page) : undefined
}

/** Whether a page reads from another origin. False in Node. */
export function isOtherOrigin(url: string): boolean {
  const page = pageAddress()
  return page !== undefined && new URL(url).origin !== new URL(page).origin
}

/** In a worker, resolves relative addresses against the page that sent them. */
export function startAddressesAt(page: string): void {
  known = page
}
