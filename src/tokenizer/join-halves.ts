/** Joins the bytes of 16-bit values. All low bytes come before all high bytes, which compresses better. */
export function joinHalves(halves: Uint8Array): Uint16Array {
  const values = new Uint16Array(halves.length / 2)
  for (let i = 0; i < values.length; i++) values[i] = halves[i]! + 256 * halves[values.length + i]!
  return values
}
