/** Unpacks the pages of Parquet files to exactly the length in their headers, never to more. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { decompress as unpackZstd } from 'fzstd'
import type { Compressors } from 'hyparquet'

/** Codecs by their name in the footer. @param libraryCodecs codecs that never exceed the length that they are given */
export function boundedCodecs(libraryCodecs: Compressors): Compressors {
  const codecs: Compressors = {
    ...libraryCodecs,
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
    ZSTD: (input, length) => unpackZstd(input, new Uint8Array(length)),
  }
  const exact = Object.entries(codecs).map(([name, unpack]) => [
    name,
    (input: Uint8Array, length: number) => {
      if (length === 0) return new Uint8Array()
      const page = unpack(input, length)
      if (page.length !== length)
        throw new Error(`a page unpacks to ${page.length} bytes, not to the ${length} that it claims`)
      return page
    },
  ])
  return Object.fromEntries(exact) as Compressors
}

/** The same codecs with a cache: a page that was unpacked for the checks is not unpacked again for decoding. */
export function rememberPages(codecs: Compressors): Compressors {
  const pages = new Map<string, { input: Uint8Array; page: Uint8Array }[]>()
  const remembering = Object.entries(codecs).map(([name, unpack]) => [
    name,
    (input: Uint8Array, length: number) => {
      const key = `${name} ${input.length} ${length}`
      const alike = pages.get(key) ?? []
      const known = alike.find((entry) => Buffer.compare(entry.input, input) === 0)
      if (known) return known.page
      const page = unpack(input, length)
      pages.set(key, [...alike, { input, page }])
      return page
    },
  ])
  return Object.fromEntries(remembering) as Compressors
}
