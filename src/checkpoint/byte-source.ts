/** Where a checkpoint's bytes come from: a file, URL, Blob or buffer behind one interface. */

/** A place that bytes can be read from at any offset. Every format reader takes one and asks only for the ranges it needs. */
export interface ByteSource {
  /** A name for error messages: the path, the URL, or `buffer`. */
  readonly name: string
  /** Size of the whole in bytes. */
  readonly byteLength: number
  /** Bytes handed out (for HTTP: received) so far. */
  readonly bytesRead: number
  /**
   * Reads exactly `length` bytes from `offset`. The result may be a view of memory that the source keeps: do not write to it.
   * @throws DreamLIPError when the range leaves the source or the bytes cannot be had.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Releases what the source holds (a file handle). Reading afterwards is an error. */
  close(): Promise<void>
}
