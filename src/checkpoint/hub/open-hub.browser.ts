/** A repository of the Hub as a folder, for browsers: files are read from the Hub by ranges, and kept for the next visit. */
import { brisk } from '../../bytes/http/fetch-patiently'
import type { Folder } from '../folder/folder'
import { isAnswer, openFolder } from '../folder/open-folder'
import { notInRepository, openNamed, type OpenedHub, type OpenHubOptions } from './hub-folder'
import { hubNameOf, isCommit, mainRevision, parseHubName, type HubName } from './hub-name'
import { checkEndpoint, checkHubOptions } from './hub-options'
import { fileAddress, listRepository, type HubServer } from './hub-server'
import { dropOtherCommits, keptCommit } from './kept-commits.browser'
import { refusal } from './refusal'

/**
 * Opens a name on the Hub. All files are of one commit.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an invalid name or option; `HTTP_STATUS` if the Hub refuses
 */
export async function openHub(source: string, options: OpenHubOptions): Promise<OpenedHub> {
  const { keep, signal } = options
  const name = parseHubName(source)
  const server = serverOf(options)
  const revision = await commitOf(server, name, options)
  if (keep && isCommit(revision)) await dropOtherCommits(keep.model, revision)
  const root = await repositoryFolder(server, name, revision, options)
  return openNamed(root, name, () => notInRepository(root, name), signal)
}

/** The current commit of a branch or tag; offline, the kept commit. If a mirror does not state it, the revision itself. */
async function commitOf(server: HubServer, name: HubName, { keep, signal }: OpenHubOptions): Promise<string> {
  const { revision = mainRevision } = name
  if (isCommit(revision)) return revision
  const listing = await listRepository(server, name, revision, { signal, patience: brisk }).catch((error: unknown) => {
    signal?.throwIfAborted()
    if (isAnswer(error, [401, 403, 404])) throw error
    return undefined
  })
  return listing?.commit ?? (keep && (await keptCommit(keep.model))) ?? revision
}

async function repositoryFolder(
  server: HubServer,
  name: HubName,
  revision: string,
  { keep, signal }: OpenHubOptions,
): Promise<Folder> {
  const address = fileAddress(server, { repository: name.repository }, revision)
  const folder = (await openFolder(address, { headers: server.headers, keep }))!
  return {
    name: hubNameOf({ ...name, file: undefined }),
    async open(...file) {
      try {
        return await folder.open(...file)
      } catch (error) {
        // The Hub lists gated repositories, but refuses their files.
        throw isAnswer(error, [401, 403]) ? refusal(server, { ...name, revision }, 403, 'GatedRepo') : error
      }
    },
    list: async () => (await listRepository(server, name, revision, { signal, patience: brisk }))?.files,
  }
}

function serverOf({ hub, headers }: OpenHubOptions): HubServer {
  const { token, endpoint } = checkHubOptions(hub)
  const sent = { ...(token && { Authorization: `Bearer ${token}` }), ...headers }
  const hasToken = Object.keys(sent).some((name) => name.toLowerCase() === 'authorization')
  return { endpoint: checkEndpoint('hub.endpoint', endpoint), headers: sent, hasToken }
}
