/** Opens the output location that a user names. */
import { checkObject, checkPath, wrongArgument } from '../../check-arguments'
import type { Destination } from './destination'
import { folderDestination } from './folder-destination.node.ts'

const expected = 'a folder, an address s3://bucket/prefix, or a destination'

export interface Opening {
  /** How long to wait for a store that does not answer, in seconds. */
  readonly patienceSeconds?: number
  /** Called with the problem while waiting. */
  readonly onWait?: (message: string) => void
}

/**
 * @param out a folder, an address such as `s3://bucket/prefix`, or a destination
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`
 */
export async function openDestination(out: string | Destination, opening: Opening = {}): Promise<Destination> {
  if (typeof out !== 'string') {
    const { size, read, list, write } = checkObject('out', out, expected)
    if ([size, read, list, write].every((method) => typeof method === 'function')) return out
    throw wrongArgument('out', expected, out)
  }
  checkPath('out', out)
  if (!out.startsWith('s3://')) return folderDestination(out)
  const { s3Destination } = await import('./s3-destination.node.ts')
  return s3Destination(out, { ...opening })
}
