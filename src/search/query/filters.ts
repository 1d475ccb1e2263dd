/** Converts a caller's filters to conditions on a store's rows. */
import { checkKeys, type KnownKeys } from '../../known-keys'
import { checkObject, wrongArgument } from '../../check-arguments'
import type { Where } from '../vector-store'

/** A range with both ends included; an omitted end is open. */
export interface FilterRange<Value> {
  readonly from?: Value
  readonly to?: Value
}

/** Filters on pictures; a picture must meet all of them. */
export interface ImageFilters {
  /** Pictures in this folder or its subfolders, or in any of several folders. */
  readonly folder?: string | readonly string[]
  /** When the photograph was taken, with its local time read as UTC. Pictures without this date are left out. */
  readonly taken?: FilterRange<Date | number>
  /** When the file was last changed. Numbers are milliseconds since 1970. */
  readonly modified?: FilterRange<Date | number>
  /** The file's size in bytes. */
  readonly size?: FilterRange<number>
}

const ranges = ['taken', 'modified', 'size'] as const

/** The names of the filters, for lists of known options. */
export const filterKeys = {
  folder: 0,
  taken: { from: 0, to: 0 },
  modified: { from: 0, to: 0 },
  size: { from: 0, to: 0 },
} satisfies KnownKeys

/** @returns `undefined` if nothing is filtered @throws DreamLIPError `INVALID_ARGUMENT` */
export function whereOf(filters: ImageFilters): Where | undefined {
  const between = ranges.flatMap((name) => {
    const range = filters[name]
    return range === undefined ? [] : [[name, boundsOf(name, range)] as const]
  })
  if (filters.folder === undefined && between.length === 0) return undefined
  return {
    ...(filters.folder !== undefined && { startsWith: beginningsOf(filters.folder) }),
    ...(between.length > 0 && { between: Object.fromEntries(between) }),
  }
}

/** Path prefixes of folders. They end in a separator, so that `a/b` does not match `a/bc.png`. */
function beginningsOf(folder: string | readonly string[]): string[] {
  const folders: readonly unknown[] = Array.isArray(folder) ? folder : [folder]
  if (folders.length === 0) throw wrongArgument('folder', 'at least one folder', folder)
  return folders.map((path) => {
    if (typeof path !== 'string' || path === '') throw wrongArgument('folder', 'the path of a folder', path)
    const separator = path.includes('\\') && !path.includes('/') ? '\\' : '/'
    return path.endsWith(separator) ? path : path + separator
  })
}

function boundsOf(name: string, range: FilterRange<Date | number>): [from: number, to: number] {
  checkKeys(name, checkObject(name, range, 'a range { from, to }'), { from: 0, to: 0 })
  const from = boundOf(`${name}.from`, range.from, -Infinity)
  const to = boundOf(`${name}.to`, range.to, Infinity)
  if (from <= to) return [from, to]
  throw wrongArgument(name, 'a range that begins before it ends', `${from} to ${to}`)
}

function boundOf(name: string, value: Date | number | undefined, open: number): number {
  if (value === undefined) return open
  const number = value instanceof Date ? value.getTime() : value
  if (typeof number === 'number' && !Number.isNaN(number)) return number
  throw wrongArgument(name, 'a number or a Date', value)
}
