/** Opens image files in Node: small ones as bytes in memory, large ones on the disk or when there is room for them. */
import { createBudget } from '../../../concurrency/budget'
import { cellsFor, threadCells } from '../../../concurrency/workers/thread-cells.node.ts'
import { bytesInMemory, type FileBytes } from '../../formats/file-bytes'
import { readImageHeader, type ImageHeader } from '../../formats/image-header'
import type { ImageInput } from '../../raw-image'
import type { ImageRequest } from './encoded-image'
import { encodedBytes, isLocalFile, sizeInMemory } from './image-bytes.node.ts'
import { openLargeFile } from './large-file.node.ts'
import type { SharpInput } from '../sharp.node.ts'

/** Maximum bytes of large files that all threads together keep in memory. A larger file is read alone. */
const bytesInFlight = 256 * 1024 * 1024

/** Smaller files are not counted, because their pixels need many times more memory. */
const smallFile = 8 * 1024 * 1024

const whenBytesFree = createBudget(cellsFor(1), threadCells.own, bytesInFlight)

/** An encoded image in the form that decoders take. */
export interface EncodedFile extends FileBytes {
  readonly name: string
  readonly header: ImageHeader
  readonly forSharp: SharpInput
}

/**
 * Opens an image file and works on it. A large file is decoded from the disk if its format allows it. Otherwise it waits until there
 * is room for its bytes in memory. Work that has its share of bytes may wait for pixels, but never the other way round, so there is no deadlock.
 */
export async function withFile<Result>(
  input: ImageInput,
  options: ImageRequest,
  work: (file: EncodedFile) => Promise<Result>,
): Promise<Result> {
  const run = async () => {
    const { name, bytes } = await encodedBytes(input, requestOf(options))
    return work({ ...bytesInMemory(bytes), name, header: readImageHeader(bytes), forSharp: bytes })
  }
  const size = await sizeInMemory(input)
  if (size <= smallFile) return run()
  const file = isLocalFile(input) ? await openLargeFile(input) : undefined
  if (!file) return whenBytesFree(size, run, options.signal)
  try {
    const result = await work({ ...file, forSharp: file.path })
    file.checkUnchanged()
    return result
  } finally {
    await file.close()
  }
}

const requestOf = ({ headers, signal }: ImageRequest): ImageRequest => ({ headers, signal })
