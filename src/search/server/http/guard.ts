/** Decides which requests are answered: those of the server's own page, and those of programs that know its token. */

/** The parts of a request that are checked. */
export interface Asked {
  readonly method: string
  /** The target as it was sent; it must be a path. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The number of `Host` headers. */
  readonly hosts: number
}

/** The expected parts of a request. */
export interface Expected {
  /** The accepted values of `Host`: the names of this machine, with the port. */
  readonly hosts: readonly string[]
  /** Whether an `Authorization` header contains the server's token. */
  readonly isAuthorized: (header: string) => boolean
}

export interface Refusal {
  readonly status: 400 | 403 | 421
  readonly message: string
}

/**
 * Other sites' names can be made to point to 127.0.0.1 (DNS rebinding), so `Host` must be one of this machine's. Other sites' pages
 * can send requests to this server, so `Sec-Fetch-Site` or `Origin` must name the server's own page. Only opening the page itself,
 * by a link or by typing its address, is always allowed. A program that sends neither header must know the token.
 */
export function refusalOf(asked: Asked, expected: Expected): Refusal | undefined {
  const { target } = asked
  const headers = single(asked.headers)
  if (!target.startsWith('/') || target.startsWith('//')) return { status: 400, message: 'Expected a path.' }
  if (asked.hosts !== 1 || !expected.hosts.includes(headers('host')?.toLowerCase() ?? '')) {
    return { status: 421, message: 'This server answers only under the address that it printed at its start.' }
  }
  const authorization = headers('authorization')
  if (authorization !== undefined && !expected.isAuthorized(authorization)) {
    return { status: 403, message: 'The token is not that of this server.' }
  }
  const origin = headers('origin')
  const site = headers('sec-fetch-site')
  if (origin !== undefined && origin !== `http://${headers('host')!.toLowerCase()}`) return otherSite
  if (isOpeningThePage(asked)) return undefined
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return otherSite
  if (site === undefined && origin === undefined && authorization === undefined) {
    return { status: 403, message: 'Programs need the token of the server, which is in its folder.' }
  }
  return undefined
}

const otherSite: Refusal = { status: 403, message: 'Requests of other sites are refused.' }

/** Reads a header as one value; Node returns a list for headers that may occur more than once. */
function single(headers: Asked['headers']) {
  return (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'object' ? value.join() : value
  }
}

/** Whether the page is opened in a tab. Programs without these headers see the page too: it contains no collection data. */
function isOpeningThePage({ method, target, headers }: Asked): boolean {
  if (target !== '/' || (method !== 'GET' && method !== 'HEAD')) return false
  const [mode, dest] = [headers['sec-fetch-mode'], headers['sec-fetch-dest']]
  return (mode === 'navigate' && dest === 'document') || headers['sec-fetch-site'] === undefined
}
