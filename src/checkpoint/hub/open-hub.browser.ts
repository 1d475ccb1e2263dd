/** A repository of the Hub as a folder, for browsers: files are read from the Hub by ranges. */
import { brisk } from '../../bytes/http/fetch-patiently'
import { DreamLIPError } from '../../errors'
import type { Folder } from '../folder/folder'
import { openFolder } from '../folder/open-folder'
import { notInRepository, openNamed, type OpenedHub, type OpenHubOptions } from './hub-folder'
import { hubNameOf, isCommit, mainRevision, parseHubName } from './hub-name'
import { checkEndpoint, checkHubOptions } from './hub-options'
import { fileAddress, listRepository, type HubServer, type Listing } from './hub-server'

/**
 * Opens a name on the Hub. All files are of one commit.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an invalid name or option; `HTTP_STATUS` if the Hub refuses
 */
export async function openHub(source: string, options: OpenHubOptions): Promise<OpenedHub> {
  const name = parseHubName(source)
  const server = serverOf(options)
  const { listing, revision } = await resolve(source, server, options)
  const address = fileAddress(server, { repository: name.repository }, revision)
  const folder = await openFolder(address, { headers: server.headers, keep: options.keep })
  const root: Folder = {
    ...folder!,
    name: hubNameOf({ ...name, file: undefined }),
    list: async () => (listing ?? (await listRepository(server, name, revision, requestOf(options))))?.files,
  }
  return openNamed(root, name, () => notInRepository(root, name), options.signal)
}

/** The name at its commit, so that workers read the same one. @throws as `openHub` */
export async function pinHub(source: string, options: OpenHubOptions): Promise<string> {
  const { revision } = await resolve(source, serverOf(options), options)
  return hubNameOf({ ...parseHubName(source), revision })
}

/** Asks which commit a branch or tag is. A mirror may not say; then the revision stays as it is. */
async function resolve(
  source: string,
  server: HubServer,
  options: OpenHubOptions,
): Promise<{ readonly revision: string; readonly listing?: Listing }> {
  const name = parseHubName(source)
  const { revision = mainRevision } = name
  if (isCommit(revision)) return { revision }
  const listing = await listRepository(server, name, revision, requestOf(options)).catch((error: unknown) => {
    // A page that is offline may still have the files.
    if (!(error instanceof DreamLIPError) || error.code === 'HTTP_STATUS') throw error
    return undefined
  })
  return { revision: listing?.commit ?? revision, listing }
}

function serverOf({ hub, headers }: OpenHubOptions): HubServer {
  const { token, endpoint } = checkHubOptions(hub)
  const sent = { ...(token && { Authorization: `Bearer ${token}` }), ...headers }
  const hasToken = Object.keys(sent).some((name) => name.toLowerCase() === 'authorization')
  return { endpoint: checkEndpoint('hub.endpoint', endpoint), headers: sent, hasToken }
}

function requestOf({ signal }: OpenHubOptions) {
  return { signal, patience: brisk }
}
