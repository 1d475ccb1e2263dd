/** Downloads one file completely: it is resumed, checked, and moved to its path at the end. */
import { createHash } from 'node:crypto'
import { DreamLIPError } from '../../errors'
import { streamFile } from '../../bytes/read/file.node.ts'
import { openPartialFile } from '../../bytes/write/partial-file.node.ts'
import { transfer, type Address, type TransferOptions } from './transfer.node.ts'

export interface FetchFileOptions extends TransferOptions {
  /** The file's SHA-256 in hexadecimal, if it is known. */
  readonly sha256?: string
  /** Called with the file's path if neither the server nor `sha256` shows that it is complete. Throws if it is not. */
  readonly checkComplete?: (path: string) => Promise<void>
}

/**
 * Downloads a file to `path`. The caller holds a lock, so that only one process downloads it.
 * A wrong file is removed; an incomplete one is kept for the next attempt.
 */
export async function fetchFile(
  path: string,
  address: Address,
  { sha256: expected, checkComplete, ...options }: FetchFileOptions,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const part = await openPartialFile(path)
  try {
    await transfer(address, part, options)
    const bytes = part.length
    const sha256 = await hashFile(part.path, options.signal)
    compareDigests(address.name, expected, sha256)
    if (part.origin?.size === undefined && expected === undefined) await checkComplete?.(part.path)
    await part.finish()
    return { bytes, sha256 }
  } catch (error) {
    const useless =
      part.length === 0 ||
      (error instanceof DreamLIPError && ['CHECKSUM_MISMATCH', 'DOWNLOAD_REFUSED'].includes(error.code))
    await (useless ? part.discard() : part.close())
    throw error
  }
}

/** The SHA-256 of a file in hexadecimal. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const digest = createHash('sha256')
  for await (const chunk of streamFile(path, 0, signal)) digest.update(chunk)
  return digest.digest('hex')
}

/** @throws DreamLIPError `CHECKSUM_MISMATCH` */
export function compareDigests(name: string, expected: string | undefined, actual: string): void {
  if (expected === undefined || actual === expected.toLowerCase()) return
  throw new DreamLIPError(
    'CHECKSUM_MISMATCH',
    `${name}: expected SHA-256 ${expected}; got ${actual}. It is a different file, or was damaged in transit: ` +
      'check the address, or download it again with force.',
  )
}
