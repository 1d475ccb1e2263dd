/** Distinguishes names of checkpoints from paths, URLs and bytes. */
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { embeddedName } from './embedded-name'
import type { OpenHubOptions } from '../hub/hub-folder'
import { isHubName } from '../hub/is-hub-name'

/**
 * Finds a checkpoint by its name, and downloads it if necessary. A name on the Hub is pinned to its current commit. Other sources
 * are returned unchanged.
 * @returns `undefined` for the small model inside the package
 * @throws DreamLIPError `SOURCE_UNREADABLE` for an unknown name; errors of `downloadCheckpoint`
 */
export async function locateCheckpoint(
  source: ByteSourceInput | undefined,
  options: OpenHubOptions,
): Promise<ByteSourceInput | undefined> {
  if (source === embeddedName) return undefined
  if (typeof source !== 'string' || !(/^[\w-]+$/.test(source) || isHubName(source))) return source
  const { findCheckpoint } = await import('#checkpoint/released/find-checkpoint') // needed only for names
  return findCheckpoint(source, options)
}
