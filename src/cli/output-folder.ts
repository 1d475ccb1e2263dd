/** Makes the folder that a verb will write to before it works for hours. */
import { mkdir } from 'node:fs/promises'
import { DreamLIPError } from '../index.node.ts'

/** @throws DreamLIPError `WRITE_FAILED` when the folder is not there and cannot be made */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: Error) => {
    throw new DreamLIPError(
      'WRITE_FAILED',
      `${path}: the folder could not be created: ${error.message}. Choose another.`,
      {
        cause: error,
      },
    )
  })
}
