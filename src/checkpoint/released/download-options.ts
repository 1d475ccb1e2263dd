/** What `downloadCheckpoint` takes and gives, in Node and in browsers. */
import type { Progress } from '../../progress'

export interface DownloadOptions {
  /** Folder for downloads; default: DREAMLIP_CACHE, else the user's cache folder. */
  readonly cacheDir?: string
  /** Called with the bytes that have arrived; `total` is NaN where the server does not tell it. */
  readonly onProgress?: (progress: Progress) => void
  /** What is there stays for the next try. */
  readonly signal?: AbortSignal
  /** What the file must be, in hexadecimal. */
  readonly sha256?: string
  /** Sent with every request, such as `Authorization` or `User-Agent`. */
  readonly headers?: Readonly<Record<string, string>>
  /** More bytes are refused. Default: what the server says, or 4 GiB where it does not say. */
  readonly maxBytes?: number
  /** Download again what is there already. */
  readonly force?: boolean
}

export interface DownloadedCheckpoint {
  readonly path: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** It was there already. */
  readonly cached: boolean
}
