/**
 * A repository of the Hub as a folder, for browsers: files are read by ranges, at the address of their branch, tag or commit. What is kept
 * between visits is kept by address, so a page that is offline finds the files of a branch too.
 */
import { brisk } from '../../bytes/http/fetch-patiently'
import type { Folder } from '../folder/folder'
import { isAnswer, openFolder } from '../folder/open-folder'
import { notInRepository, openNamed, type OpenedHub, type OpenHubOptions } from './hub-folder'
import { hubNameOf, mainRevision, parseHubName, type HubName } from './hub-name'
import { checkEndpoint, checkHubOptions } from './hub-options'
import { fileAddress, listRepository, type HubServer } from './hub-server'
import { refusal } from './refusal'

/**
 * Opens a name on the Hub.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an invalid name or option; `HTTP_STATUS` if the Hub refuses
 */
export async function openHub(source: string, options: OpenHubOptions): Promise<OpenedHub> {
  const name = parseHubName(source)
  const root = await repositoryFolder(serverOf(options), name, options)
  return openNamed(root, name, () => notInRepository(root, name), options.signal)
}

async function repositoryFolder(server: HubServer, name: HubName, options: OpenHubOptions): Promise<Folder> {
  const { repository, revision = mainRevision } = name
  const address = fileAddress(server, { repository }, revision)
  const folder = (await openFolder(address, { headers: server.headers, keep: options.keep }))!
  const list = async () => {
    return (await listRepository(server, name, revision, { signal: options.signal, patience: brisk }))?.files
  }
  return {
    name: hubNameOf({ ...name, file: undefined }),
    async open(file, signal, patience) {
      try {
        return await folder.open(file, signal, patience)
      } catch (error) {
        if (!isAnswer(error, [401, 403])) throw error
        // The Hub lists gated repositories, but not private ones.
        await list()
        throw refusal(server, { ...name, revision }, 403, 'GatedRepo')
      }
    },
    list,
  }
}

function serverOf({ hub, headers }: OpenHubOptions): HubServer {
  const { token, endpoint } = checkHubOptions(hub)
  const sent = { ...(token && { Authorization: `Bearer ${token}` }), ...headers }
  const hasToken = Object.keys(sent).some((name) => name.toLowerCase() === 'authorization')
  return { endpoint: checkEndpoint('hub.endpoint', endpoint), headers: sent, hasToken }
}
