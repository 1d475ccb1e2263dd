/** Tells names of checkpoints from paths, URLs and bytes. */
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { embeddedName } from './embedded-name'
import type { OpenHubOptions } from '../hub/hub-folder'
import { isHubName } from '../hub/is-hub-name'

/**
 * Finds a checkpoint by its name, and downloads it where necessary. A name on the Hub gets the commit that it means now. Everything that
 * is not a name stays as it is.
 * @returns `undefined` for the small model inside the package
 * @throws DreamLIPError `SOURCE_UNREADABLE` for a name that means nothing; errors of `downloadCheckpoint`
 */
export async function locateCheckpoint(
  source: ByteSourceInput | undefined,
  options: OpenHubOptions,
): Promise<ByteSourceInput | undefined> {
  if (source === embeddedName) return undefined
  if (typeof source !== 'string' || !(/^[\w-]+$/.test(source) || isHubName(source))) return source
  const { findCheckpoint } = await import('#checkpoint/released/find-checkpoint') // only names need it
  return findCheckpoint(source, options)
}
