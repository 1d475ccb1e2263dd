/** Reads the first bytes of files, which identify their formats. */
import { open } from 'node:fs/promises'

const headBytes = 4096

/** The first bytes of a picture; empty if it cannot be read. @param input a path, or the bytes of the file */
export async function headOf(input: string | Uint8Array): Promise<Uint8Array> {
  if (typeof input !== 'string') return input.subarray(0, headBytes)
  const file = await open(input).catch(() => undefined)
  if (!file) return new Uint8Array()
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } catch {
    return new Uint8Array()
  } finally {
    await file.close()
  }
}
