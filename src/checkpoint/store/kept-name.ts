/** Names of the models that a browser keeps. */
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { addressOf } from '../folder/open-folder'
import { isHubName } from '../hub/is-hub-name'

/** The key of a model kept by a browser: its address without secrets, or its Hub name. `undefined` for bytes, Blobs and paths. */
export function keptName(input: ByteSourceInput): string | undefined {
  if (isHubName(input)) return input.replace(/@main$/, '')
  const url = addressOf(input)
  return url && url.origin + url.pathname
}
