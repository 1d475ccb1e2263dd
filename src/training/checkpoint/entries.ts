/** Reads dicts of a PyTorch file. */

export type Entries = ReadonlyMap<unknown, unknown>

/** The entries of a dict; empty for anything else, so that its entries are reported as missing. */
export function entriesOf(value: unknown): Entries {
  return value instanceof Map ? value : new Map()
}
