/** What `downloadCheckpoint` takes and gives, in Node and in browsers. */

export interface DownloadOptions {
  /** Folder for downloads; default: DREAMLIP_CACHE, else the user's cache folder. */
  readonly cacheDir?: string
  /** Called with the bytes that are there; `total` is missing where the server does not say. */
  readonly onProgress?: (progress: DownloadProgress) => void
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

export interface DownloadProgress {
  readonly stage: 'download'
  readonly done: number
  readonly total?: number
}

export interface DownloadedCheckpoint {
  readonly path: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** It was there already. */
  readonly cached: boolean
}
