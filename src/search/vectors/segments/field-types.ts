/** The names and types of the fields of rows. */
import { checkList, checkObject, show, wrongArgument } from '../../../check-arguments'
import type { Fields } from '../../vector-store'

/** Numbers are stored as float64, texts as UTF-8. */
export type FieldType = 'number' | 'text'

/** All fields of a store, in the order in which they were added. */
export type FieldTypes = Readonly<Record<string, FieldType>>

/** The name of the tensor with a field's values. */
export const fieldTensor = (name: string) => `field.${name}`

/** Reserved names: other columns of a store. */
const reserved = new Set(['id', 'vector', 'dreamlip_order'])

export function isFieldName(name: string): boolean {
  return /^[a-z]\w{0,63}$/i.test(name) && !(name in Object.prototype) && !reserved.has(name.toLowerCase())
}

/**
 * Checks the fields of `count` rows. Returns their types.
 * @param known the types of the store's existing fields
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export function checkFields(fields: Fields, count: number, known: FieldTypes = {}): FieldTypes {
  const types: Record<string, FieldType> = {}
  for (const [name, values] of Object.entries(checkObject('fields', fields))) {
    if (!isFieldName(name)) throw wrongArgument('fields', 'names of letters, digits and _, but not id or vector', name)
    const type = values instanceof Float64Array ? 'number' : 'text'
    if (type === 'text')
      checkTexts(`fields.${name}`, values as readonly string[], 'a Float64Array, or an array of strings')
    if (values.length !== count) throw wrongArgument(`fields.${name}`, `${count} values, one per id`, values)
    if (Object.hasOwn(known, name) && known[name] !== type)
      throw wrongArgument(`fields.${name}`, `${known[name]!}s, as the rows before have`, values)
    types[name] = type
  }
  return types
}

/** Checks that UTF-8 can express the strings. @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkTexts(name: string, texts: readonly string[], expected = 'an array of strings'): void {
  checkList<unknown>(name, texts, expected).forEach((text, i) => {
    if (typeof text === 'string' && !/\p{Surrogate}/u.test(text)) return
    throw wrongArgument(`${name}[${i}]`, 'a string of whole characters', show(text), '', { index: i })
  })
}

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkIds(ids: readonly string[]): void {
  checkTexts('ids', ids)
  if (new Set(ids).size === ids.length) return
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  throw wrongArgument('ids', 'strings that are all different', twice)
}
