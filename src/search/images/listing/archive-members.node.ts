/** Reads the pictures of a tar archive one by one. */
import { fileKind } from '../../../bytes/file-kind'
import { firstBytes } from '../../../bytes/chunks'
import type { RequestHeaders } from '../../../bytes/http/headers'
import { streamBytes, type Described } from '../../../bytes/read/stream-bytes.node.ts'
import { readBytes } from '../../../data/readers/tar/byte-reader'
import { plainName, readEntries } from '../../../data/readers/tar/entries'
import { TarDamaged } from '../../../data/readers/tar/header'
import { gunzip } from '../../../data/readers/text/gunzip.node.ts'
import { DreamLIPError } from '../../../errors'
import { isPictureName } from '../../../images/picture-names'

/** A picture in an archive. */
export interface Member {
  /** The name of the archive, a slash, and the member's name in it. */
  readonly id: string
  /** Its contents, or the reason why they cannot be read. */
  readonly data: Uint8Array | string
}

export interface ReadArchiveOptions {
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  /** Whether a member's contents are needed; default: always. */
  readonly wants?: (id: string) => boolean
}

/**
 * Yields the pictures of an archive, plain or gzipped, in bounded memory. If a name repeats, the first one counts.
 * @throws DreamLIPError `DATA_INVALID` at the point of damage; `SOURCE_UNREADABLE`, `HTTP_…`; the signal's reason
 */
export async function* archiveMembers(
  archive: string,
  described: Described,
  { headers, signal, wants = () => true }: ReadArchiveOptions,
): AsyncGenerator<Member> {
  const stream = () => streamBytes(archive, 0, signal, { headers, expected: described })
  const isPacked = fileKind(await firstBytes(stream(), 2), ['gzip']) !== undefined
  const reader = readBytes(isPacked ? gunzip(archive, stream()) : stream())
  const archiveBytes = (isPacked ? undefined : described.size) ?? Infinity
  const seen = new Set<string>()
  const idOf = (name: string) => `${archive}/${name}`
  const isWanted = (name: string) => isPictureName(name) && !seen.has(name) && wants(idOf(name))
  try {
    for await (const { name, data } of readEntries(reader, {
      from: 0,
      archiveBytes,
      wants: (name) => isWanted(plainName(name)),
    })) {
      if (data !== undefined && isWanted(name)) yield { id: idOf(name), data }
      seen.add(name)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof TarDamaged)) throw error
    throw new DreamLIPError('DATA_INVALID', `${archive}: ${error.message}. The pictures before it were read.`, {
      cause: error,
    })
  } finally {
    await reader.close()
  }
}
