/** Opens the place that a user names for output. */
import { checkObject, checkText } from '../check-arguments'
import type { Destination } from './destination'
import { folderDestination } from './folder-destination.node.ts'

/**
 * @param out a folder, an address such as `s3://bucket/prefix`, or a destination
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`
 */
export async function openDestination(out: string | Destination): Promise<Destination> {
  if (typeof out !== 'string')
    return checkObject('out', out, 'a folder, an address s3://bucket/prefix, or a destination')
  checkText('out', out, 'a folder, or an address such as s3://bucket/prefix')
  if (!out.startsWith('s3://')) return folderDestination(out)
  const { s3Destination } = await import('./s3-destination.node.ts')
  return s3Destination(out)
}
