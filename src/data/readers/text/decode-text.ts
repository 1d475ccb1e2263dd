/** Decodes the bytes of captions as UTF-8, UTF-16 or Windows-1252, and never inserts replacement characters. */

export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'UTF-32' | 'Windows-1252'

/**
 * The encoding of a text, judged by its first bytes, and the length of its byte order mark.
 * @param isCut whether the text continues after these bytes
 */
export function sniffEncoding(head: Uint8Array, isCut = false): { readonly encoding: Encoding; readonly mark: number } {
  const [a, b, c, d] = head
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'UTF-8', mark: 3 }
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return { encoding: 'UTF-32', mark: 4 }
  if (a === 0xff && b === 0xfe) return { encoding: 'UTF-16LE', mark: 2 }
  if (a === 0xfe && b === 0xff) return { encoding: 'UTF-16BE', mark: 2 }
  const zeros = [0, 0]
  head.forEach((byte, i) => byte === 0 && zeros[i % 2]!++)
  const [even, odd] = zeros as [number, number]
  // In English text in UTF-16, every other byte is zero.
  const isWide = head.length >= 4 && even + odd > 0.3 * head.length
  if (isWide && odd > 20 * even) return { encoding: 'UTF-16LE', mark: 0 }
  if (isWide && even > 20 * odd) return { encoding: 'UTF-16BE', mark: 0 }
  return { encoding: isUTF8(head, isCut) ? 'UTF-8' : 'Windows-1252', mark: 0 }
}

/** A text and whether it was decoded as Windows-1252, or a message that says why the bytes are not text. */
export type Decoded = { readonly text: string; readonly western: boolean } | { readonly problem: string }

/**
 * Decodes bytes as UTF-8, or as Windows-1252 if they are not UTF-8 but look like a Western European language.
 * @param mayBeWestern false if the rest of the file is certainly UTF-8: other bytes are then damage
 */
export function decodeText(bytes: Uint8Array, mayBeWestern = true): Decoded {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), western: false }
  } catch {
    if (!mayBeWestern) return { problem: 'it is not UTF-8, although the rest of the file is' }
    if (isWestern(bytes)) return { text: decodeWestern(bytes), western: true }
    return { problem: 'it is neither UTF-8 nor Windows-1252. Convert the file to UTF-8' }
  }
}

/** Decodes a small file, in the encoding that its byte order mark states. */
export function decodeWholeText(bytes: Uint8Array): Decoded {
  const { encoding, mark } = sniffEncoding(bytes)
  const rest = bytes.subarray(mark)
  if (encoding === 'UTF-8' || encoding === 'Windows-1252') return decodeText(rest, encoding === 'Windows-1252')
  if (encoding === 'UTF-32') return { problem: 'it is UTF-32. Convert the file to UTF-8' }
  try {
    const text = new TextDecoder(encoding.toLowerCase(), { fatal: true }).decode(rest)
    return { text, western: false }
  } catch {
    return { problem: `it starts as ${encoding}, but the rest is not valid ${encoding}. Convert the file to UTF-8` }
  }
}

/** Whether bytes are UTF-8, apart from damage: no fewer valid characters beyond ASCII than invalid bytes. */
function isUTF8(bytes: Uint8Array, isCut: boolean): boolean {
  let [characters, broken, at] = [0, 0, 0]
  while (at < bytes.length) {
    const first = bytes[at++]!
    if (first < 0x80) continue
    const rest =
      first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0
    let found = 0
    while (found < rest && (bytes[at + found]! & 0xc0) === 0x80) found++
    const isCutHere = isCut && at + found === bytes.length
    if (rest > 0 && (found === rest || isCutHere)) characters++
    else broken++
    at += found
  }
  return characters >= broken
}

/** The characters of Windows-1252 for the bytes 0x80 to 0x9f; a space for undefined bytes. */
const windows1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

/** Engines disagree on these 32 bytes: some decode them as Latin-1. */
function decodeWestern(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte >= 0x80 && byte < 0xa0 ? windows1252[byte - 0x80]! : String.fromCharCode(byte)
  return text
}

/** In Western European text, most bytes beyond ASCII have ASCII neighbours. In Cyrillic, Chinese or Japanese encodings they come in runs. */
function isWestern(bytes: Uint8Array): boolean {
  let [high, neighbours] = [0, 0]
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === 0 || (byte >= 0x80 && byte < 0xa0 && windows1252[byte - 0x80] === ' ')) return false
    if (byte < 0x80) continue
    high++
    if (i > 0 && bytes[i - 1]! >= 0x80) neighbours++
  }
  return neighbours <= 0.3 * high
}
