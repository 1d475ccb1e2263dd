/** Checks JSON against a small part of JSON Schema, with readable messages. */
import { unknownKeys, type KnownKeys } from '../../known-keys'
import { shorten } from '../../printable'

/** The types of JSON. An `integer` is a whole number. */
type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null'

/** The allowed values of an entry. Every schema is also a JSON Schema, for editors. */
export type Schema = TypedSchema | { readonly anyOf: readonly TypedSchema[]; readonly description?: string }

export interface TypedSchema {
  readonly type: JsonType
  readonly description?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly exclusiveMaximum?: number
  readonly items?: TypedSchema
  readonly minItems?: number
  readonly maxItems?: number
  /** The keys of an object; if omitted, any. */
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: false | TypedSchema
  readonly required?: readonly string[]
}

/** The schema of an object with exactly the keys of a type. */
export function object<Entries>(
  properties: Readonly<Record<keyof Entries, Schema>>,
  required: readonly (keyof Entries & string)[] = [],
): TypedSchema & { readonly properties: Readonly<Record<keyof Entries & string, Schema>> } {
  return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false }
}

/** One sentence per problem with a value; none for a valid value. */
export function problemsOf(value: object, schema: TypedSchema): string[] {
  const unknown = unknownKeys(value, keysOf(schema) || {})
  return [...unknown, ...wrongEntries(value, schema, '')]
}

/** The keys of an object, and of nested objects; `0` if any key is allowed. */
function keysOf(schema: Schema): KnownKeys | 0 {
  const { properties } = alternatives(schema).find(({ type }) => type === 'object') ?? {}
  if (!properties) return 0
  return Object.fromEntries(Object.entries(properties).map(([key, entry]) => [key, keysOf(entry)]))
}

function wrongEntries(value: object, { properties = {}, additionalProperties, required }: TypedSchema, within: string) {
  const missing = (required ?? []).filter((key) => !Object.hasOwn(value, key))
  const wrong = Object.entries(value).flatMap(([key, entry]: [string, unknown]) => {
    const schema = Object.hasOwn(properties, key) ? properties[key] : additionalProperties
    return schema ? problemsOfEntry(entry, schema, within + key) : []
  })
  return [...missing.map((key) => `${within}${key}: missing; expected ${describe(properties[key]!)}.`), ...wrong]
}

function problemsOfEntry(value: unknown, schema: Schema, path: string): string[] {
  const possible = alternatives(schema)
  const fitting = possible.find(({ type }) => isOfType(value, type))
  if (!fitting || !isWithin(value, fitting)) return [`${path}: expected ${describe(schema)}; got ${show(value)}.`]
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => (fitting.items ? problemsOfEntry(item, fitting.items, `${path}[${i}]`) : []))
  }
  return fitting.type === 'object' ? wrongEntries(value as object, fitting, `${path}.`) : []
}

function alternatives(schema: Schema): readonly TypedSchema[] {
  return 'anyOf' in schema ? schema.anyOf : [schema]
}

function isOfType(value: unknown, type: JsonType): boolean {
  if (type === 'integer') return typeof value === 'number'
  if (type === 'array') return Array.isArray(value)
  if (type === 'null') return value === null
  return typeof value === type && value !== null && !Array.isArray(value)
}

function isWithin(value: unknown, schema: TypedSchema): boolean {
  const { minimum = -Infinity, exclusiveMinimum = -Infinity } = schema
  const { maximum = Infinity, exclusiveMaximum = Infinity, minItems = 0, maxItems = Infinity } = schema
  if (typeof value === 'string') return schema.enum?.includes(value) ?? true
  if (Array.isArray(value)) return value.length >= minItems && value.length <= maxItems
  if (typeof value !== 'number') return true
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) return false
  return value >= minimum && value > exclusiveMinimum && value <= maximum && value < exclusiveMaximum
}

/** Describes the allowed values of an entry: `a whole number of at least 1`. */
export function describe(schema: Schema): string {
  return alternatives(schema).map(describeOne).join(' or ')
}

const words: Readonly<Record<JsonType, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

function describeOne(schema: TypedSchema): string {
  const { type, items, minItems, maxItems } = schema
  if (schema.enum) return schema.enum.length === 1 ? `"${schema.enum[0]}"` : `one of ${schema.enum.join(', ')}`
  if (items) return `a list${minItems !== undefined && minItems === maxItems ? ` of ${minItems}` : ''}`
  return words[type] + describeRange(schema)
}

function describeRange({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: TypedSchema): string {
  const low = exclusiveMinimum !== undefined ? ` above ${exclusiveMinimum}` : undefined
  const high = exclusiveMaximum !== undefined ? ` below ${exclusiveMaximum}` : undefined
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return high === undefined ? ` of at least ${minimum}` : ` from ${minimum} to${high}`
  return [low, high].filter((part) => part !== undefined).join(' and')
}

/** The maximum number of characters of a value in a message. */
const longestShown = 80

function show(value: unknown): string {
  return shorten(JSON.stringify(value), longestShown)
}
