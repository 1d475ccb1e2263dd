/** The options and the result of `downloadCheckpoint`. */
import type { HubOptions } from '../hub/hub-options'
import type { Progress } from '../../progress'

export interface DownloadOptions {
  /**
   * Folder for downloads. Default: the environment variable DREAMLIP_CACHE, else the user's cache folder; for the Hub, the folder of
   * its cache.
   */
  readonly cacheDir?: string
  /** Called as bytes arrive; `total` is NaN if the server does not announce a size. */
  readonly onProgress?: (progress: Progress) => void
  /** Aborts the download. The bytes so far are kept, and the next call resumes there. */
  readonly signal?: AbortSignal
  /** The file's SHA-256 in hexadecimal. A file with another checksum is an error. */
  readonly sha256?: string
  /** Sent with every request, such as `Authorization` or `User-Agent`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The largest file accepted, in bytes. Default: the size that the server announces, or 4 GiB if it announces none. */
  readonly maxBytes?: number
  /** How the Hugging Face Hub is reached, for a name that starts with `hf://`. */
  readonly hub?: HubOptions
  /** Download again even if the file is in the cache. */
  readonly force?: boolean
}

export interface DownloadedCheckpoint {
  readonly path: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** Whether the file was already in the cache. */
  readonly cached: boolean
}
