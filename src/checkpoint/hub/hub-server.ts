/** Requests to the Hub, or to a mirror of it: descriptions of files, and the contents of repositories. */
import { DreamLIPError } from '../../errors'
import { isPage, protocolError } from '../../bytes/http/answer'
import { firstBytes } from '../../bytes/chunks'
import { fetchPatiently, type FetchOptions, type Patience } from '../../bytes/http/fetch-patiently'
import { withHeaders, withoutCredentials, type RequestHeaders } from '../../bytes/http/headers'
import { hubNameOf, isFilePath, type HubName } from './hub-name'
import { refusal } from './refusal'

/** A server with the Hub's addresses. */
export interface HubServer {
  /** Its address, without a slash at the end. */
  readonly endpoint: string
  /** Sent with every request to it, and to no other server. */
  readonly headers: RequestHeaders
  /** Whether a token is among the headers. */
  readonly hasToken: boolean
}

/** A file of a repository, as the Hub describes it. */
export interface RemoteFile {
  /** The commit that the revision points to. */
  readonly commit: string
  /** Identifies the file's contents. */
  readonly etag: string
  readonly size?: number
  /** In hexadecimal; the Hub states it for large files. */
  readonly sha256?: string
}

/** The contents of a repository. */
interface Listing {
  readonly commit: string
  readonly files: readonly string[]
}

type RequestOptions = Pick<FetchOptions, 'signal'> & { readonly patience?: Patience }

/** Maximum redirects to follow: renamed repositories, and mirrors that forward requests. */
const mostRedirects = 5

/** The longest list of files that is read. */
const largestListing = 16 * 1024 * 1024

/** The address of a file. */
export function fileAddress({ endpoint }: HubServer, { repository, file = '' }: HubName, revision: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/')
  return `${endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${path}`
}

/**
 * Asks for a file's commit, ETag, size and checksum. The Hub states them in the redirect to the server that stores the file.
 * @returns without an `etag` if the repository has no such file
 * @throws DreamLIPError `HTTP_STATUS` if the repository cannot be read; `HTTP_PROTOCOL` for a server that is not a Hub
 */
export async function describeFile(
  server: HubServer,
  name: HubName,
  revision: string,
  options: RequestOptions,
): Promise<RemoteFile | Partial<Pick<RemoteFile, 'commit'>>> {
  const label = hubNameOf({ ...name, revision })
  const response = await askFor(server, fileAddress(server, name, revision), label, { ...options, method: 'HEAD' })
  const code = response.headers.get('X-Error-Code')
  const commit = commitIn(response)
  // Without a code, the file is missing: for a missing repository, the server returns 401 or a code.
  if (response.status === 404 && (code === 'EntryNotFound' || code === null)) return { commit }
  if (isRefusal(response.status)) throw refusal(server, { ...name, revision }, response.status, code)
  const linked = etagOf(response.headers.get('X-Linked-Etag'))
  const etag = linked ?? etagOf(response.headers.get('ETag'))
  if (commit === undefined || etag === undefined) throw notHub(server, label, response)
  return { commit, etag, size: sizeIn(response), sha256: linked && /^[0-9a-f]{64}$/i.test(linked) ? linked : undefined }
}

/**
 * Lists the files of a repository.
 * @returns undefined if the server provides no list, as with simple mirrors
 * @throws DreamLIPError `HTTP_STATUS` if the repository cannot be read
 */
export async function listRepository(
  server: HubServer,
  name: HubName,
  revision: string,
  options: RequestOptions,
): Promise<Listing | undefined> {
  const url = `${server.endpoint}/api/models/${name.repository}/revision/${encodeURIComponent(revision)}`
  const label = hubNameOf({ repository: name.repository, revision })
  const headers = withHeaders(server.headers)
  return fetchPatiently(url, label, { ...options, headers, expects: isExpected }, async (response, chunks) => {
    const code = response.headers.get('X-Error-Code')
    if ([401, 403].includes(response.status) || (response.status === 404 && code !== null)) {
      throw refusal(server, { ...name, revision }, response.status, code)
    }
    if (!response.ok || isPage(response)) return undefined
    return parseListing(await firstBytes(chunks, largestListing + 1))
  })
}

/** The commit and the names in the Hub's JSON about a repository; undefined for other data. Names that lead outside are omitted. */
export function parseListing(json: Uint8Array): Listing | undefined {
  if (json.length > largestListing) return undefined
  try {
    const { sha, siblings } = JSON.parse(new TextDecoder().decode(json)) as { sha?: unknown; siblings?: unknown }
    if (typeof sha !== 'string' || !isCommitName(sha) || !Array.isArray(siblings)) return undefined
    const names = siblings.map((entry: { rfilename?: unknown } | null) => entry?.rfilename)
    return { commit: sha, files: names.filter((file) => typeof file === 'string').filter(isFilePath) }
  } catch {
    return undefined
  }
}

/** Sends a request and follows redirects until a response describes the file. Other servers do not see the token. */
async function askFor(
  server: HubServer,
  address: string,
  label: string,
  options: RequestOptions & { readonly method: 'HEAD' },
): Promise<Response> {
  let url = address
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const isHub = new URL(url).origin === new URL(server.endpoint).origin
    const headers = withHeaders(isHub ? server.headers : withoutCredentials(server.headers), {
      'Accept-Encoding': 'identity',
    })
    const response = await fetchPatiently(url, label, { ...options, headers, expects: isExpected }, async (got) => got)
    const next = response.headers.get('Location')
    if (!isRedirect(response.status) || commitIn(response) !== undefined || next === null) return response
    if (!URL.canParse(next, url)) throw protocolError(label, 'it redirects to an address that is not valid')
    const target = new URL(next, url)
    if (url.startsWith('https:') && target.protocol !== 'https:') {
      throw protocolError(label, 'the server redirects from https to http, which is refused')
    }
    url = target.href
  }
  throw protocolError(label, `the server redirects more than ${mostRedirects} times`)
}

function isExpected({ status }: Response): boolean {
  return isRedirect(status) || isRefusal(status)
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

function isRefusal(status: number): boolean {
  return [401, 403, 404].includes(status)
}

/** Whether a text can be a commit name. Commit names become folder names. */
export function isCommitName(text: string): boolean {
  return /^\w[\w-]{0,99}$/.test(text)
}

function commitIn({ headers }: Response): string | undefined {
  const commit = headers.get('X-Repo-Commit')
  return commit !== null && isCommitName(commit) ? commit : undefined
}

/** An ETag as a file name: without quotes and the weak prefix. */
function etagOf(header: string | null): string | undefined {
  const etag = header?.replace(/^W\//, '').replace(/^"|"$/g, '')
  return etag !== undefined && /^\w[\w.-]{0,149}$/.test(etag) ? etag : undefined
}

/** The Content-Length of a redirect is that of its own body. */
function sizeIn({ status, headers }: Response): number | undefined {
  const text = headers.get('X-Linked-Size') ?? (isRedirect(status) ? null : headers.get('Content-Length'))
  const size = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : NaN
  return Number.isSafeInteger(size) ? size : undefined
}

function notHub({ endpoint }: HubServer, label: string, response: Response): DreamLIPError {
  const came = isPage(response) ? 'a web page' : `status ${response.status} without X-Repo-Commit and ETag`
  return new DreamLIPError(
    'HTTP_PROTOCOL',
    `${label}: ${endpoint} does not answer as the Hub does: expected the headers X-Repo-Commit and ETag; got ${came}. ` +
      'Check HF_ENDPOINT (or hub.endpoint), and whether a proxy or a login page stands between.',
  )
}
