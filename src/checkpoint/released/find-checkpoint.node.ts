/** Finds a checkpoint by its name, for Node: a file or folder of the working folder, or a released checkpoint. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../../bytes/cache-folder.node.ts'
import { DreamLIPError } from '../../errors'
import { didYouMean } from '../../known-keys'
import type { OpenHubOptions } from '../hub/hub-folder'
import { isHubName } from '../hub/is-hub-name'
import { downloadCheckpoint } from './download.node.ts'
import { embeddedName } from './embedded-name'
import { releasedCheckpoints } from './released-checkpoints'

/**
 * The path of a checkpoint; for a name on the Hub, the same name at its commit, once its weights are in the Hub's cache. A file or folder comes before a released checkpoint of the same name, which is downloaded unless it is in
 * the cache.
 * @param name a name without dots and slashes, or one that starts with `hf://`
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an unknown name; errors of `downloadCheckpoint`
 */
export async function findCheckpoint(name: string, options: OpenHubOptions): Promise<string> {
  if (isHubName(name)) return (await import('../hub/open-hub.node.ts')).pinHub(name, options)
  if (await exists(name)) return name
  if (!Object.hasOwn(releasedCheckpoints, name)) throw unknownName(name)
  const { onProgress, signal, headers } = options
  // `downloadCheckpoint` would read the whole file again for its checksum.
  const cached = join(cacheFolder(), releasedCheckpoints[name]!.file)
  return (await exists(cached)) ? cached : (await downloadCheckpoint(name, { onProgress, signal, headers })).path
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

function unknownName(name: string): DreamLIPError {
  const released = Object.keys(releasedCheckpoints)
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${name}: no file, folder or released checkpoint has this name.${didYouMean(name, [...released, embeddedName])} ` +
      `Pass a path, a URL, or one of ${released.join(', ')}, or ${embeddedName} for the model inside the package.`,
  )
}
