/** Recognises kinds of files by their first bytes. */

/** The first bytes of each kind of file, matched as Latin-1 text. */
const signatures = {
  // Archives and compressed files
  zip: /^PK[\x03\x05]/,
  gzip: /^\x1f\x8b/,
  bzip2: /^BZh/,
  xz: /^\xfd7zXZ/,
  zstd: /^\x28\xb5\x2f\xfd/,
  '7z': /^7z\xbc\xaf/,
  rar: /^Rar!/,
  tar: /^[^]{257}ustar/,
  // Data
  parquet: /^PAR1/,
  arrow: /^(?:ARROW1|\xff{4})/,
  sqlite: /^SQLite format 3/,
  hdf5: /^\x89HDF/,
  numpy: /^\x93NUMPY/,
  json: /^\s*[{[]["'\s\d{[\]}]/,
  // A map whose first key is a text
  messagePack: /^(?:[\x81-\x8f]|\xde[^]{2}|\xdf[^]{4})(?:[\xa1-\xbf]|\xd9[^])\w/,
  // Models
  torchLegacy: /^\x80\x02\x8a\x0a/,
  // A header of less than 4 GiB, then the brace of its JSON
  safetensors: /^[^]{4}\0{4}[{ \t\n\r]/,
  gguf: /^GGUF/,
  ggml: /^(?:ggml|lmgg|tjgg)/,
  tensorFlowLite: /^[^]{4}TFL3/,
  onnx: /^[\x08\x0a][^]*(?:onnx|pytorch|tf2onnx|dreamlip)/,
  // Images and videos
  png: /^\x89PNG\r\n\x1a\n/,
  jpeg: /^\xff\xd8/,
  gif: /^GIF8/,
  webp: /^RIFF[^]{4}WEBP/,
  bmp: /^BM/,
  tiff: /^(?:II[*+]\0|MM\0[*+])/,
  avi: /^RIFF[^]{4}AVI /,
  jpegXL: /^(?:\xff\x0a|\0\0\0\x0cJXL )/,
  jpeg2000: /^(?:\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/,
  photoshop: /^8BPS/,
  icon: /^\0\0[\x01\x02]\0/,
  otherImage: /^(?:gimp xcf|qoif|#\?RADIANCE|v\/1\x01|DDS |P[1-7]\s)/,
  isoMedia: /^[^]{4}ftyp/,
  matroska: /^\x1aE\xdf\xa3/,
  // Documents
  pdf: /^%PDF/,
  postScript: /^(?:%!PS|\xc5\xd0\xd3\xc6)/,
  webPage: /^\s*<(?:!doctype|html|\?xml)/i,
  gitLFSPointer: /^version https:\/\/git-lfs/,
} as const satisfies Record<string, RegExp>

export type FileKind = keyof typeof signatures

/** Bytes that suffice to recognise every kind. */
const longestHead = 512

/**
 * The kind of a file by its first bytes (512 suffice); undefined if none of the given kinds fits.
 * @param among the kinds to look for, the most reliable first: weak signatures only mean something where that kind is likely
 */
export function fileKind<Kind extends FileKind>(head: Uint8Array, among: readonly Kind[]): Kind | undefined {
  // TextDecoder's `latin1` is Windows-1252, which changes the bytes from 128 to 159.
  const text = String.fromCharCode(...head.subarray(0, longestHead))
  return among.find((kind) => signatures[kind].test(text))
}

/** The first four bytes in hexadecimal, for messages about files of an unknown kind. */
export function firstBytesInHex(head: Uint8Array): string {
  return [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
