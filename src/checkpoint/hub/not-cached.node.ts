/** The error for files that are not in the cache in offline mode. */
import { DreamLIPError } from '../../errors'
import { didYouMean } from '../../known-keys'
import { listNames } from '../names/list-names'
import { cachedCommits, cachedFiles, cachedRepositories, type RepositoryCache } from './hub-cache.node.ts'
import { hubNameOf, type HubName } from './hub-name'
import type { HubSettings } from './settings.node.ts'

/** The message lists the cache's contents. */
export async function notCached(hub: HubSettings, cache: RepositoryCache, name: HubName): Promise<DreamLIPError> {
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${hubNameOf(name)}: it is not in the cache ${hub.cache}, and no requests are made (${hub.offlineBy}). ` +
      `${await whatIsThere(hub, cache, name)} Load it once without ${hub.offlineBy}.`,
  )
}

async function whatIsThere({ cache: folder }: HubSettings, cache: RepositoryCache, name: HubName): Promise<string> {
  const commits = await cachedCommits(cache)
  if (commits.length > 0) {
    const held = await Promise.all(
      commits.map(async (commit) => `@${commit} (${listNames(await cachedFiles(cache, commit))})`),
    )
    return `The cache has ${listNames(held, 3)} of ${name.repository}.`
  }
  const repositories = await cachedRepositories(folder)
  if (repositories.length === 0) return 'The cache is empty.'
  return `The cache has ${listNames(repositories)}.${didYouMean(name.repository, repositories)}`
}
