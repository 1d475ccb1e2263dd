/** Unpacks bytes that are stored as text inside a module of the package: deflated (zlib), then base64. */
export async function unpack(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0))
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** The same for 16-bit values. All low bytes come before all high bytes, which compresses better. */
export async function unpackHalves(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  const halves = await unpack(packed)
  const count = halves.length / 2
  const bytes = new Uint8Array(halves.length)
  for (let i = 0; i < count; i++) {
    bytes[2 * i] = halves[i]!
    bytes[2 * i + 1] = halves[count + i]!
  }
  return bytes
}
