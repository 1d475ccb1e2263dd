/** Argument checks. Each returns the value, or throws an error with its name and the expected and actual value. */
import { DreamLIPError } from './errors'
import { shorten } from './printable'

/** The error for a wrong argument. `remedy` says what to do, if that is not obvious; `index` says which element of a list is wrong. */
export function wrongArgument(
  name: string,
  expected: string,
  value: unknown,
  remedy = '',
  options: { readonly index?: number } = {},
): DreamLIPError {
  return new DreamLIPError(
    'INVALID_ARGUMENT',
    `${name}: expected ${expected}; got ${show(value)}.${remedy && ` ${remedy}`}`,
    options,
  )
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is a whole number from `least` to `most` */
export function checkWhole(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw wrongArgument(name, `a whole number ${range}`, value)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is an integer that JavaScript can represent exactly */
export function checkSeed(name: string, value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number
  throw wrongArgument(name, 'an integer', value)
}

/** The range of a number: `least` and `most` are inclusive, `above` and `below` are exclusive. */
export interface Range {
  readonly least?: number
  readonly above?: number
  readonly most?: number
  readonly below?: number
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is a finite number in the range */
export function checkNumber(name: string, value: unknown, range: Range = {}): number {
  if (Number.isFinite(value) && isWithin(value as number, range)) return value as number
  throw wrongArgument(name, `a number${describe(range)}`, value)
}

function isWithin(
  value: number,
  { least = -Infinity, above = -Infinity, most = Infinity, below = Infinity }: Range,
): boolean {
  return value >= least && value > above && value <= most && value < below
}

function describe({ least, above, most, below }: Range): string {
  const low = least !== undefined ? ` from ${least}` : above !== undefined ? ` above ${above}` : ''
  const high = most !== undefined ? ` to ${most}` : below !== undefined ? ` below ${below}` : ''
  if (low !== '' && high === '') return least !== undefined ? ` of at least ${least}` : low
  return low !== '' && most === undefined ? `${low} to${high}` : low + high
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is one of the names */
export function checkChoice<Name extends string>(name: string, value: unknown, names: readonly Name[]): Name {
  if (names.includes(value as Name)) return value as Name
  throw wrongArgument(name, `one of ${names.join(', ')}`, value)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is a string with at least one character */
export function checkText(name: string, value: unknown, expected = 'a string that is not empty'): string {
  if (typeof value === 'string' && value !== '') return value
  throw wrongArgument(name, expected, value)
}

/** A path to write to. @throws DreamLIPError `INVALID_ARGUMENT` unless it can name a file */
export function checkPath(name: string, value: unknown): string {
  const path = checkText(name, value, 'a path')
  if (path.includes('\0')) throw wrongArgument(name, 'a path without NUL characters', value)
  return path
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is true or false */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw wrongArgument(name, 'true or false', value)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is an array, which may be empty */
export function checkList<T>(name: string, value: readonly T[], expected = 'an array'): readonly T[] {
  if (Array.isArray(value)) return value as readonly T[]
  throw wrongArgument(name, expected, value)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is an array of strings, which may be empty */
export function checkStrings(name: string, value: readonly string[], expected = 'an array of strings'): void {
  const wrong = checkList<unknown>(name, value, expected).findIndex((text) => typeof text !== 'string')
  if (wrong >= 0) throw wrongArgument(`${name}[${wrong}]`, 'a string', value[wrong], '', { index: wrong })
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is an object whose values are strings */
export function checkStringsByName<T extends Readonly<Record<string, string>>>(name: string, value: T): T {
  for (const [key, text] of Object.entries(checkObject(name, value, 'strings by their names'))) {
    if (typeof text !== 'string') throw wrongArgument(`${name}.${shorten(key, longestShown)}`, 'a string', text)
  }
  return value
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is an object; arrays, functions and null are refused */
export function checkObject<T extends object>(name: string, value: T, expected = 'an object'): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw wrongArgument(name, expected, value)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is a function or undefined */
export function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw wrongArgument(name, 'a function', value)
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it is an AbortSignal or undefined */
export function checkSignal(name: string, value: unknown): void {
  if (value === undefined || value instanceof AbortSignal) return
  throw wrongArgument(name, 'an AbortSignal', value, 'Pass the signal of an AbortController, not the controller.')
}

/** Options that long calls share. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: unknown
}

/**
 * Checks the options that all long calls share, and throws if the signal is already aborted.
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason
 */
export function checkCall<T extends CallOptions>(options: T): T {
  checkObject('options', options)
  checkSignal('signal', options.signal)
  checkCallback('onProgress', options.onProgress)
  options.signal?.throwIfAborted()
  return options
}

const longestShown = 80

/** A value as an error message shows it, on one short line. Runs no code of the caller: no `toString`, no `toJSON`. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, longestShown))
  if (typeof value === 'bigint') return shorten(`${value}n`, longestShown)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  if (ArrayBuffer.isView(value))
    return `${kindOf(value)} of ${'length' in value ? String(value.length) : `${value.byteLength} bytes`}`
  return Array.isArray(value) ? showArray(value) : showObject(value)
}

/** Arrays and objects with more values than this are only described. */
const mostShown = 8

function showArray(values: readonly unknown[]): string {
  const shown = values.length <= mostShown && values.every(isPrimitive) ? `[${values.map(show).join(', ')}]` : undefined
  return shown && shown.length <= 2 * longestShown ? shown : `an array of ${values.length}`
}

function showObject(object: object): string {
  const fields = Object.entries(Object.getOwnPropertyDescriptors(object))
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(object) as object | null)
  const isShort = fields.length > 0 && fields.length <= mostShown
  if (isPlain && isShort && fields.every(([, field]) => 'value' in field && isPrimitive(field.value))) {
    const shown = `{${fields.map(([key, { value }]) => `${show(key)}:${show(value)}`).join(',')}}`
    if (shown.length <= 2 * longestShown) return shown
  }
  return `an object (${kindOf(object)})`
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function')
}

function kindOf(value: object): string {
  const name: unknown = (Object.getPrototypeOf(value) as object | null)?.constructor?.name
  return typeof name === 'string' && name !== '' ? shorten(name, longestShown) : 'without a prototype'
}
