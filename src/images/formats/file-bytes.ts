/** The bytes of an image file in the form that format readers take: in memory, or read from the disk part by part. */
export interface FileBytes {
  readonly byteLength: number
  /** The bytes from `at` on: `length` of them, or fewer if the file ends earlier. Do not write to them. */
  read(at: number, length: number): Uint8Array
}

/** Bytes that are in memory. Parts of them are not copied. */
export function bytesInMemory(bytes: Uint8Array): FileBytes {
  return { byteLength: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }
}
