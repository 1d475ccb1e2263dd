/** Unpacks bytes that are stored as text inside a module of the package: deflated (zlib), then base64. */
export async function unpack(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = bytesOf(atob(packed))
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** A loop: `Uint8Array.from` with a function takes half a second for the four million characters of the model inside. */
function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
