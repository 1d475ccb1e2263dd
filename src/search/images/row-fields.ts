/** Values of a store's fields, which a store that something else filled may lack. */
import type { Fields } from '../vector-store'

/** NaN if there is none. */
export function numberAt(fields: Fields, name: string, row: number): number {
  const value = fields[name]?.[row]
  return typeof value === 'number' ? value : NaN
}

/** `''` if there is none. */
export function textAt(fields: Fields, name: string, row: number): string {
  const value = fields[name]?.[row]
  return typeof value === 'string' ? value : ''
}
