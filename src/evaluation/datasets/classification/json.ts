/** JSON files of data sets. */
import { DreamLIPError } from '../../../errors'

/** @returns an object or a list. @throws DreamLIPError `DATA_INVALID` for anything else */
export function parseJson(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw new DreamLIPError('DATA_INVALID', `${file}: expected JSON; ${(error as Error).message}.`, { cause: error })
  }
  throw new DreamLIPError('DATA_INVALID', `${file}: expected a JSON object or list; got a single value.`)
}
