/** The size of a Windows bitmap. It is separate from the decoder, which browsers load only for such a file. */

/** Width and height; nothing else is checked. */
export function bmpSize(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 26) return { width: 0, height: 0 }
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) }
  return { width: view.getUint32(18, true), height: Math.abs(view.getInt32(22, true)) }
}
