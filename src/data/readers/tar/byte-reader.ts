/** Reads any number of bytes at a time from a stream of chunks. */

export interface ByteReader {
  /** Bytes read or skipped so far. */
  readonly position: number
  /** The next bytes, or fewer at the end of the stream. Memory is allocated only for bytes that arrive. */
  take(length: number): Promise<Uint8Array>
  /** Skips bytes and returns their number. */
  skip(length: number): Promise<number>
  close(): Promise<void>
}

export function readBytes(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array()
  let position = 0
  /** Iterates over the next bytes part by part. */
  const each = async (length: number, use: (part: Uint8Array, done: number) => void): Promise<number> => {
    let done = 0
    while (done < length) {
      if (chunk.length === 0) {
        const next = await iterator.next()
        if (next.done) break
        chunk = next.value
        continue
      }
      const part = chunk.subarray(0, length - done)
      use(part, done)
      chunk = chunk.subarray(part.length)
      done += part.length
    }
    position += done
    return done
  }
  return {
    get position() {
      return position
    },
    async take(length) {
      const bytes = new Uint8Array(length)
      const done = await each(length, (part, at) => bytes.set(part, at))
      return done === length ? bytes : bytes.slice(0, done)
    },
    skip: (length) => each(length, () => undefined),
    close: async () => void (await iterator.return?.()),
  }
}
