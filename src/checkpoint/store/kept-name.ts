/** Names of the models that a browser keeps. */
import type { ByteSourceInput } from '../../bytes/read/open-source'
import { addressOf } from '../folder/open-folder'
import { isHubName } from '../hub/is-hub-name'

/** What identifies a model among those that a browser keeps: its address without secrets, or its name on the Hub. `undefined` for bytes, Blobs and paths. */
export function keptName(input: ByteSourceInput): string | undefined {
  if (isHubName(input)) return input.replace(/@main$/, '')
  const url = addressOf(input)
  return url && url.origin + url.pathname
}
