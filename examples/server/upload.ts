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

/** More than that is cut off. Up to there, the client can finish sending, because otherwise it would never see the answer. */
const mostRead = 100_000_000 // bytes

/** @throws Refused 413 for more bytes than a picture has, whether the request announces them or not */
export async function readUpload(request: IncomingMessage): Promise<Blob> {
  const tooLarge = new Refused(413, `body: expected at most ${largest} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > mostRead) throw tooLarge
  const chunks: Buffer<ArrayBuffer>[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer<ArrayBuffer>>) {
    bytes += chunk.length
    if (bytes <= largest) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > mostRead) throw tooLarge
  }
  if (bytes > largest) throw tooLarge
  return new Blob(chunks)
}
