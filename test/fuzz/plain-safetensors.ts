/** A second, very short safetensors reader, for comparison with the package. */
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'

/** A header's entry; all tensors' bytes follow the header. */
interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** @throws Error if names, shapes or bytes that the package reads differ from those in the header */
export async function checkSafetensors(bytes: Uint8Array): Promise<void> {
  const start = 8 + Number(Buffer.from(bytes).readBigUInt64LE(0))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Record<string, Entry>
  const { ['__metadata__']: _, ...entries } = header
  const { tensors, close } = await readCheckpoint(bytes)
  const names = Object.keys(entries)
  if (names.length !== tensors.size) throw new Error(`safetensors: ${tensors.size} tensors for ${names.length}`)
  for (const name of names) {
    const [{ shape, data_offsets: offsets }, tensor] = [entries[name]!, tensors.get(name)]
    const { buffer, byteOffset, byteLength } = (await tensor?.read()) ?? new Uint8Array()
    const expected = bytes.subarray(start + offsets[0], start + offsets[1])
    if (String(tensor?.shape) !== String(shape))
      throw new Error(`safetensors: ${name} has shape ${String(tensor?.shape)}`)
    if (!Buffer.from(buffer, byteOffset, byteLength).equals(expected))
      throw new Error(`safetensors: ${name} has other bytes than the file`)
  }
  await close()
}
