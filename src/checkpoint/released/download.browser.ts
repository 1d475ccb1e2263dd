/** Browsers have no cache folder of files: there a model is loaded from its address. */
import { DreamLIPError } from '../../errors'
import type { DownloadedCheckpoint, DownloadOptions } from './download-options'

/** Not available in browsers. @throws DreamLIPError `INVALID_ARGUMENT` that says what to do instead */
export async function downloadCheckpoint(
  nameOrURL: string,
  _options: DownloadOptions = {},
): Promise<DownloadedCheckpoint> {
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${nameOrURL}: a browser cannot download to a path. Serve the file beside the page and pass its address to DreamLIP.load.`,
  )
}
