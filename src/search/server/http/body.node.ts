/** Reads the body of a request as JSON, up to a limit. */
import type { IncomingMessage } from 'node:http'
import { HTTPError } from './answer.node.ts'

/** Room for a picture of 16 MB in base64 and a description. The page scales larger pictures down before sending them. */
export const largestBody = 24 * 1024 * 1024

/** @throws HTTPError 400, 413, 415 */
export async function readJSON(request: IncomingMessage): Promise<unknown> {
  const { headers } = request
  if (!/^application\/json(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) {
    throw new HTTPError(415, 'Expected a body of type application/json.')
  }
  if (headers['content-encoding'] !== undefined) throw new HTTPError(415, 'Expected a body without Content-Encoding.')
  if (Number(headers['content-length'] ?? 0) > largestBody) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > largestBody) throw tooLarge()
    chunks.push(chunk)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    throw new HTTPError(400, 'Expected JSON.')
  }
}

function tooLarge(): HTTPError {
  return new HTTPError(413, `Expected a body of at most ${largestBody} bytes.`)
}
