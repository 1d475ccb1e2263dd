/** Makes folders. */
import { mkdir } from 'node:fs/promises'
import { DreamLIPError } from '../../errors'

/**
 * Makes a folder and those above it, unless they exist.
 * @param remedy what to do when that fails
 * @throws DreamLIPError `WRITE_FAILED`
 */
export async function makeFolder(path: string, remedy = 'Choose another folder.'): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    const problem = `the folder could not be created: ${(error as Error).message}`
    throw new DreamLIPError('WRITE_FAILED', `${path}: ${problem}. ${remedy}`, { cause: error })
  }
}
