/** A text file or URL as a stream of UTF-8, whatever its compression and encoding. */
import { firstBytes, skipBytes } from '../../../bytes/chunks'
import type { RequestHeaders } from '../../../bytes/http/headers'
import { describeBytes, streamBytes } from '../../../bytes/read/stream-bytes.node.ts'
import { fileKind } from '../../../bytes/file-kind'
import { DreamLIPError } from '../../../errors'
import { decodeText, sniffEncoding, type Encoding } from './decode-text'
import { gunzip } from './gunzip.node.ts'

/** The number of bytes that determine compression, encoding and layout. */
const headBytes = 1 << 16

export interface TextSource {
  readonly name: string
  /** Differs between versions of the file. */
  readonly version: string
  /** Its compression and encoding, if it is not plain UTF-8. */
  readonly form: string
  /** The first bytes of `stream`. */
  readonly head: Uint8Array
  /** Whether `head` is the whole text. */
  readonly isShort: boolean
  /** The start of the text: after a byte order mark, if there is one. */
  readonly start: number
  /** The UTF-8 bytes from an offset on. Text that is compressed or not UTF-8 is read from the start each time. */
  stream(from: number, signal?: AbortSignal): AsyncGenerator<Uint8Array>
  /** Decodes bytes of the stream, or says why they are not text. Calls `onGuess` if it reads them as Windows-1252. */
  decode(bytes: Uint8Array): string | { readonly problem: string }
}

/**
 * Opens a text file.
 * @param onGuess called when the encoding is guessed
 * @throws DreamLIPError `DATA_INVALID` for archives and unsupported encodings, `SOURCE_UNREADABLE`
 */
export async function openText(
  location: string,
  onGuess: (guesses: readonly string[]) => void = () => undefined,
  headers?: RequestHeaders,
): Promise<TextSource> {
  const expected = await describeBytes(location, { headers })
  const options = { headers, expected }
  const packed = fileKind(await firstBytes(streamBytes(location, 0, undefined, options), 2), ['gzip']) !== undefined
  const bytes = (from: number, signal?: AbortSignal) =>
    packed
      ? skipBytes(gunzip(location, streamBytes(location, 0, signal, options)), from)
      : streamBytes(location, from, signal, options)
  const raw = await firstBytes(bytes(0), headBytes)
  const { encoding, mark } = sniffEncoding(raw, raw.length === headBytes)
  if (encoding === 'UTF-32') throw refused(location, 'it is encoded in UTF-32. Convert it to UTF-8')
  const isWide = encoding === 'UTF-16LE' || encoding === 'UTF-16BE'
  const stream = (from: number, signal?: AbortSignal) =>
    isWide ? skipBytes(transcode(location, encoding, bytes(mark, signal)), from) : bytes(from, signal)
  const head = isWide ? await firstBytes(stream(0), headBytes) : raw
  // If the head has a byte order mark or characters beyond ASCII, later bytes that are not UTF-8 are damage.
  const mayBeWestern = encoding === 'Windows-1252' || (mark === 0 && !isWide && raw.every((byte) => byte < 0x80))
  return {
    name: location,
    version: expected.version,
    form: [packed ? 'gzip' : '', encoding === 'UTF-8' ? '' : encoding].filter(Boolean).join(', '),
    head,
    isShort: head.length < headBytes,
    start: isWide ? 0 : mark,
    stream,
    decode(text) {
      const decoded = decodeText(text, mayBeWestern)
      if ('problem' in decoded) return decoded
      if (decoded.western) onGuess([`${location}: text that is not UTF-8 is read as Windows-1252`])
      return decoded.text
    },
  }
}

async function* transcode(
  name: string,
  encoding: Encoding,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding.toLowerCase(), { fatal: true })
  const encoder = new TextEncoder()
  const decode = (chunk?: Uint8Array) => {
    try {
      return encoder.encode(chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode())
    } catch {
      throw refused(name, `it starts as ${encoding}, but the rest is not valid ${encoding}. Convert it to UTF-8`)
    }
  }
  for await (const chunk of chunks) yield decode(chunk)
  yield decode()
}

function refused(location: string, what: string): DreamLIPError {
  return new DreamLIPError('DATA_INVALID', `${location}: expected text; ${what}.`)
}
