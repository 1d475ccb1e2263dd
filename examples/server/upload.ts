/** Reads the picture that a client sends, and no more than a picture's bytes. */
import type { IncomingMessage } from 'node:http'

/** A request that is refused before the model sees it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

const largest = 20_000_000 // bytes

/** @throws Refused 413 for more bytes, whether the request announces them or not */
export async function readUpload(request: IncomingMessage): Promise<Blob> {
  const tooLarge = new Refused(413, `body: expected at most ${largest} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > largest) throw tooLarge
  const chunks: Buffer<ArrayBuffer>[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer<ArrayBuffer>>) {
    bytes += chunk.length
    if (bytes > largest) throw tooLarge
    chunks.push(chunk)
  }
  return new Blob(chunks)
}
