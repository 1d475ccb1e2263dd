/** A repository of the Hub as a folder, for Node: a file is downloaded to the Hub's cache when it is first opened. */
import { brisk, patient, type Patience } from '../../bytes/http/fetch-patiently'
import { openByteSource } from '../../bytes/read/open-source'
import { DreamLIPError } from '../../errors'
import { chooseWeights } from '../folder/choose-weights'
import type { Folder } from '../folder/folder'
import { readJSON } from '../folder/json-file'
import { isShardIndex, shardsOf } from '../folder/sharded'
import { fetchToCache, type FetchToCacheOptions } from './fetch-to-cache.node.ts'
import {
  cachedCommit,
  cachedFiles,
  findCached,
  isPinned,
  noteCommit,
  noteMissing,
  repositoryCache,
  type RepositoryCache,
} from './hub-cache.node.ts'
import { notInRepository, openNamed, type OpenedHub, type OpenHubOptions } from './hub-folder'
import { hubNameOf, mainRevision, parseHubName, type HubName } from './hub-name'
import { describeFile, listRepository, type RemoteFile } from './hub-server'
import { notCached } from './not-cached.node.ts'
import { hubSettings, type HubSettings } from './settings.node.ts'

/** A repository that is being read, and the facts known about it so far. */
interface Visit {
  readonly name: HubName
  readonly revision: string
  readonly hub: HubSettings
  readonly cache: RepositoryCache
  readonly options: FetchHubOptions
  /** All files are of one commit. Known after the first answer, or from the cache. */
  commit: string | undefined
  offline: boolean
  /** Whether the Hub has answered. */
  reached: boolean
  /** Whether anything was downloaded. */
  fetched: boolean
  /** The error if the repository cannot be read. The Hub is asked only once. */
  refusal?: DreamLIPError
}

/**
 * Opens a name on the Hub.
 * @throws DreamLIPError `INVALID_ARGUMENT` for an invalid name or option; `HTTP_STATUS` if the Hub refuses; `SOURCE_UNREADABLE` if it cannot
 *   be reached and the cache does not have the file; errors of downloads
 */
export async function openHub(source: string, options: OpenHubOptions): Promise<OpenedHub> {
  return open(await visit(source, options))
}

export interface FetchHubOptions extends OpenHubOptions, Pick<FetchToCacheOptions, 'maxBytes' | 'force'> {
  /** Also download the small files next to the weights: configs and vocabularies. */
  readonly besides?: boolean
}

/** The weights of a name in the cache. */
export interface FetchedHub {
  /** The name of the file with the weights, at its commit. Opening it makes no request for the weights. */
  readonly pinned: string
  /** The path of that file. */
  readonly path: string
  /** Whether anything was downloaded. */
  readonly fetched: boolean
}

/** Downloads the weights of a name, including all shards, to the cache. @throws as `openHub` */
export async function fetchHub(source: string, options: FetchHubOptions): Promise<FetchedHub> {
  const going = await visit(source, options)
  const { folder, chosen } = await open(going)
  const { file, source: bytes } = chosen ?? (await chooseWeights(folder, options.signal))
  const path = bytes.name
  if (file.endsWith('.index.json')) {
    const index = await readJSON(bytes, options.signal)
    for (const shard of isShardIndex(index) ? shardsOf(path, index.weight_map) : []) {
      await (await folder.open(shard, options.signal))?.close()
    }
  } else await bytes.close()
  if (options.besides) await fetchBesides(folder, options)
  const pinned = hubNameOf({ ...going.name, file: going.name.file ?? file, revision: going.commit })
  return { pinned, path, fetched: going.fetched }
}

/** The files that models read next to their weights, for mirrors that do not list files. */
const usualBesides = [
  'config.json',
  'open_clip_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
]

async function fetchBesides(folder: Folder, { signal }: FetchHubOptions): Promise<void> {
  const files = await folder.list()
  const wanted = files?.filter((file) => /^[^/]+\.(?:json|txt|model)$/.test(file)) ?? usualBesides
  for (const file of wanted) await (await folder.open(file, signal))?.close()
}

/** The name at a commit, once its weights are in the cache. */
export async function pinHub(source: string, options: OpenHubOptions): Promise<string> {
  return (await fetchHub(source, options)).pinned
}

async function visit(source: string, options: FetchHubOptions): Promise<Visit> {
  const name = parseHubName(source)
  const { revision = mainRevision } = name
  const hub = await hubSettings(options.hub, options.headers)
  const cache = repositoryCache(hub.cache, name.repository)
  const isKnown = hub.offline || (await isPinned(cache, revision))
  const commit = isKnown ? await cachedCommit(cache, revision) : undefined
  return { name, revision, hub, cache, options, commit, offline: hub.offline, reached: false, fetched: false }
}

async function open(going: Visit): Promise<OpenedHub> {
  const { hub, cache, name, commit } = going
  const isEmpty = hub.offline && (commit === undefined || (await cachedFiles(cache, commit)).length === 0)
  if (isEmpty) throw await notCached(hub, cache, name)
  const root = folderOf(going)
  const missing = () => (going.offline ? notCached(hub, cache, name) : notInRepository(root, name))
  return openNamed(root, name, missing, going.options.signal)
}

function folderOf(going: Visit): Folder {
  return {
    name: hubNameOf({ ...going.name, file: undefined }),
    async open(file, signal = going.options.signal, patience = patient) {
      const path = await find(going, file, signal, patience)
      return path === undefined ? undefined : openByteSource(path, { signal })
    },
    list: () => filesOf(going),
  }
}

/** The paths of all files; undefined if they are unknown. */
async function filesOf({ hub, name, cache, commit, revision, offline, options }: Visit) {
  const asked = { signal: options.signal, patience: brisk }
  const listing = offline ? undefined : await listRepository(hub, name, commit ?? revision, asked)
  return listing?.files ?? (commit === undefined ? undefined : cachedFiles(cache, commit))
}

/** The path of a file in the cache, after a download if necessary; undefined if the repository has no such file. */
async function find(
  going: Visit,
  file: string,
  signal: AbortSignal | undefined,
  patience: Patience,
): Promise<string | undefined> {
  const { hub, cache, commit, options } = going
  const { onProgress, maxBytes, force = false } = options
  const cached = commit === undefined || force ? undefined : await findCached(cache, commit, file)
  if (cached !== undefined || going.offline) return cached ?? undefined
  const remote = await describe(going, file, signal, patience)
  if (remote === undefined) return find(going, file, signal, patience)
  going.commit ??= remote.commit
  if (!('etag' in remote)) {
    if (remote.commit !== undefined) await noteMissing(cache, remote.commit, file)
    return undefined
  }
  const fetching = { signal, onProgress, maxBytes, force }
  const { path, fetched } = await fetchToCache(hub, cache, { ...going.name, file }, remote, fetching)
  going.fetched ||= fetched
  await noteCommit(cache, going.revision, remote.commit)
  return path
}

/** Asks the Hub about a file. @returns undefined if the Hub does not respond and the cache is used from now on */
async function describe(
  going: Visit,
  file: string,
  signal: AbortSignal | undefined,
  patience: Patience,
): Promise<RemoteFile | { readonly commit?: string } | undefined> {
  if (going.refusal) throw going.refusal
  const { hub, cache, name, commit, revision } = going
  const kept = going.reached ? undefined : await cachedCommit(cache, revision)
  const isKept = kept !== undefined && (await cachedFiles(cache, kept)).length > 0
  try {
    // Does not wait long for a server that is down if the cache has the files.
    const asked = { signal, patience: isKept ? { ...brisk, tries: 1 } : patience }
    const remote = await describeFile(hub, { ...name, file }, commit ?? revision, asked)
    going.reached = true
    return remote
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof DreamLIPError)) throw error
    if (isKept && error.cause !== 404) {
      going.offline = true
      going.commit = kept
      return undefined
    }
    if (error.code === 'HTTP_STATUS') going.refusal = error
    throw error
  }
}
