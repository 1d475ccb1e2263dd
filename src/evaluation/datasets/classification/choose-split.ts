/** Chooses the part of a data set to read. */
import { checkChoice } from '../../../check-arguments'
import type { ClassificationSet } from '../data-set'
import type { KnownSet } from '../known-set'

interface Split<Value> {
  readonly name: string
  readonly value: Value
}

/** @returns the part of this name; by default the first one. @throws DreamLIPError `INVALID_ARGUMENT` for an unknown name */
export function chooseSplit<Value>(splits: Readonly<Record<string, Value>>, split?: string): Split<Value> {
  const names = Object.keys(splits)
  const name = split === undefined ? names[0]! : checkChoice('split', split, names)
  return { name, value: splits[name]! }
}

/**
 * An entry of the table of known data sets, whose parts are opened alike.
 * @param splits what `open` needs to know of each part, the usual part first
 */
export function setOfSplits<Value>(
  { title, needs, splits }: Pick<KnownSet, 'title' | 'needs'> & { readonly splits: Readonly<Record<string, Value>> },
  open: (folder: string, split: Split<Value>, signal?: AbortSignal) => Promise<ClassificationSet>,
): KnownSet<ClassificationSet> {
  return {
    title,
    task: 'classification',
    splits: Object.keys(splits),
    needs,
    open: async (folder, { split, signal } = {}) => open(folder, chooseSplit(splits, split), signal),
  }
}
