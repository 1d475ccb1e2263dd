/** Dicts of a PyTorch file. */

export type Entries = ReadonlyMap<unknown, unknown>

/** The entries of a dict; none of anything else, so that what they lack is reported as missing. */
export function entriesOf(value: unknown): Entries {
  return value instanceof Map ? value : new Map()
}
