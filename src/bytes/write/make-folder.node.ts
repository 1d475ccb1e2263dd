/** Creates folders, and checks in advance that this is possible. */
import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { DreamLIPError } from '../../errors'

const chooseAnother = 'Choose another folder.'

/**
 * Creates a folder and its parents, unless they exist.
 * @param remedy what to do when that fails
 * @throws DreamLIPError `WRITE_FAILED`
 */
export async function makeFolder(path: string, remedy = chooseAnother): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw notMade(path, (error as Error).message, remedy, error)
  }
}

/**
 * Checks that `makeFolder` can create a folder and that files can be written there, without creating it: for long work whose results go
 * into the folder at the end.
 * @throws DreamLIPError `WRITE_FAILED`
 */
export async function checkFolder(path: string): Promise<void> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const stats = await stat(at).catch(() => undefined)
    if (stats === undefined && at !== dirname(at)) continue
    if (!stats?.isDirectory()) throw notMade(path, `${at} is not a folder`, chooseAnother)
    return access(at, constants.W_OK).catch((error: unknown) => {
      throw notMade(path, (error as Error).message, chooseAnother, error)
    })
  }
}

function notMade(path: string, problem: string, remedy: string, cause?: unknown): DreamLIPError {
  return new DreamLIPError('WRITE_FAILED', `${path}: the folder could not be created: ${problem}. ${remedy}`, { cause })
}
