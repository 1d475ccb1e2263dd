/** Keeps parts of a long evaluation in a folder, so that an interrupted run does not compute them again. */
import { disk } from '#bytes/disk'
import { wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { sha256 } from './digest'

/** Maximum bytes of a part: 256 embeddings take 2 MB at 2,048 dimensions. */
const largestPart = 1 << 28

const digestBytes = 32

/**
 * The bytes that `compute` returns, or those that an earlier run kept. A file's name is the digest of `key`, so bytes for another
 * key are never used, and a file is written completely or not at all. A damaged file is computed and written again.
 * @param folder the folder of the parts; without it, nothing is kept
 * @param key everything that determines the result, as JSON
 * @throws DreamLIPError `WRITE_FAILED`; `INVALID_ARGUMENT` for a folder in a browser; the errors of `compute`
 */
export async function keep(
  folder: string | undefined,
  key: readonly unknown[],
  compute: () => Promise<Uint8Array<ArrayBuffer>>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted()
  if (folder === undefined) return compute()
  if (!disk) throw wrongArgument('cache', 'no folder in a browser', folder, 'Only Node keeps features on a disk.')
  const path = `${folder}/${hex(await sha256(new TextEncoder().encode(JSON.stringify(key))))}.part`
  const kept = await readPart(disk, path)
  if (kept) return kept
  const bytes = await compute()
  await disk.makeFolder(folder)
  await disk.write(path, [await sha256(bytes), bytes], signal)
  return bytes
}

/** The bytes of a part, if the file exists and its bytes are those that were written. */
async function readPart(from: NonNullable<typeof disk>, path: string): Promise<Uint8Array | undefined> {
  const file = await from.read(path, largestPart).catch((error: unknown) => {
    if (error instanceof DreamLIPError) return undefined
    throw error
  })
  if (!file || file.length < digestBytes) return undefined
  const bytes = file.slice(digestBytes)
  const digest = await sha256(bytes)
  return digest.every((byte, i) => byte === file[i]) ? bytes : undefined
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
