/** Reads a store's field values, which may be missing if another program filled the store. */
import type { Fields } from '../vector-store'

/** NaN if the value is missing. */
export function numberAt(fields: Fields, name: string, row: number): number {
  const value = fields[name]?.[row]
  return typeof value === 'number' ? value : NaN
}

/** `''` if the value is missing. */
export function textAt(fields: Fields, name: string, row: number): string {
  const value = fields[name]?.[row]
  return typeof value === 'string' ? value : ''
}
