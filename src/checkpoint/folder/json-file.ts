/** Reads the small JSON files next to weights. */
import { DreamLIPError } from '../../errors'
import { brisk } from '../../bytes/http/fetch-patiently'
import type { ByteSource } from '../../bytes/byte-source'
import type { Folder } from './folder'

/** Even the index of a model in a thousand shards is smaller. */
const largestFile = 16 * 1024 * 1024

/** The value in a JSON file; `undefined` if the folder has no such file. @throws DreamLIPError `INVALID_CONFIG` for an invalid file */
export async function readJSONFile(
  folder: Folder,
  file: string,
  signal?: AbortSignal,
  limit = largestFile,
): Promise<unknown> {
  const source = await folder.open(file, signal, brisk)
  return source && readJSON(source, signal, limit)
}

/** The value in a JSON file. Closes the source. @throws DreamLIPError `INVALID_CONFIG` if it is too large, not UTF-8 or not JSON */
export async function readJSON(source: ByteSource, signal?: AbortSignal, limit = largestFile): Promise<unknown> {
  try {
    if (source.byteLength > limit) throw new Error(`it has ${source.byteLength} bytes, more than ${limit}`)
    const bytes = await source.read(0, source.byteLength, signal)
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    if (error instanceof DreamLIPError || signal?.aborted) throw error
    throw new DreamLIPError(
      'INVALID_CONFIG',
      `${source.name}: expected JSON: ${(error as Error).message.slice(0, 200)}. Correct the file or remove it.`,
      { cause: error },
    )
  } finally {
    await source.close()
  }
}

/** Whether the bytes begin a JSON object in UTF-8. The length of a safetensors header may start with a brace too, but contains zeros. */
export function isJSONText(head: Uint8Array): boolean {
  const first = head.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first === 0x7b && !head.subarray(0, 8).includes(0)
}
