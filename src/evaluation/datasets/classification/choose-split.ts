/** Chooses the part of a data set to read. */
import { checkChoice } from '../../../check-arguments'

/** @returns the part of this name; by default the first one. @throws DreamLIPError `INVALID_ARGUMENT` for an unknown name */
export function chooseSplit<Value>(
  splits: Readonly<Record<string, Value>>,
  split?: string,
): { name: string; value: Value } {
  const names = Object.keys(splits)
  const name = split === undefined ? names[0]! : checkChoice('split', split, names)
  return { name, value: splits[name]! }
}
