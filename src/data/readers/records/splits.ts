/** Selects the samples of some splits, such as `train`, if the data has splits. */
import { DreamLIPError } from '../../../errors'
import { lacksColumn } from './columns'

/** Names of splits. */
export type Splits = string | readonly string[]

export function splitNames(split: Splits): readonly string[] {
  return typeof split === 'string' ? [split] : split
}

/**
 * Whether a row belongs to the requested splits.
 * @throws DreamLIPError `DATA_INVALID` if splits are requested and no column names them
 */
export function splitOf(
  source: string,
  header: readonly string[],
  split: Splits | undefined,
): (row: readonly unknown[]) => boolean {
  if (split === undefined) return () => true
  const names = splitNames(split)
  const place = header.findIndex((name) => /^\s*split\s*$/i.test(name))
  if (place !== -1) return (row) => names.includes(String(row[place]).trim())
  throw new DreamLIPError(
    'DATA_INVALID',
    `${source}: ${lacksColumn} splits, named split, to select ${names.join(', ')}; there is no such column. Leave out the option split.`,
  )
}
