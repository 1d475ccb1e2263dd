/** Columns of a LanceDB table: `id`, `vector`, `dreamlip_order`, and the fields. */
import { DreamLIPError } from '../../errors'
import { isFieldName, type FieldType, type FieldTypes } from '../vectors/segments/field-types'
import type { ArrowType, LanceSchema } from './lancedb'

/** Keeps rows in the order of addition, which LanceDB does not keep within one addition. */
export const orderColumn = 'dreamlip_order'

/** The maximum number of rows per addition. Their order values start at the table's version times this. */
export const mostAdded = 2 ** 24

const modelKey = 'dreamlip.model'

/** The data type of a table's vectors. */
export type LanceDtype = 'float16' | 'float32'

const half: ArrowType = { typeId: 3, precision: 0 }
const float: ArrowType = { typeId: 3, precision: 1 }
const double: ArrowType = { typeId: 3, precision: 2 }
const utf8: ArrowType = { typeId: 5 }

/** The schema of a new table. */
export function newSchema(width: number, model: string | undefined, dtype: LanceDtype = 'float32'): object {
  const field = (name: string, type: ArrowType, nullable: boolean) => ({ name, type, nullable, metadata: new Map() })
  const vector: ArrowType = {
    typeId: 16,
    listSize: width,
    children: [field('item', dtype === 'float16' ? half : float, true)],
  }
  const fields = [field('id', utf8, false), field('vector', vector, false), field(orderColumn, double, false)]
  return {
    fields,
    names: fields.map(({ name }) => name),
    metadata: new Map(model === undefined ? [] : [[modelKey, model]]),
  }
}

export interface TableContents {
  readonly width: number
  readonly dtype: LanceDtype
  readonly model?: string
  readonly fields: FieldTypes
}

/** Reads a table's contents from its schema. @throws DreamLIPError `INDEX_INVALID` if it is not the table of a store */
export function readSchema(name: string, { fields, metadata }: LanceSchema): TableContents {
  const typeOf = (column: string) => fields.find(({ name }) => name === column)?.type
  const { listSize: width, children } = typeOf('vector') ?? {}
  if (width === undefined || typeOf('id')?.typeId !== 5 || !isDouble(typeOf(orderColumn))) {
    throw new DreamLIPError(
      'INDEX_INVALID',
      `${name}: expected a table with the columns id, vector and ${orderColumn}, which openLanceStore makes; ` +
        `got ${fields.map((field) => field.name).join(', ')}. Choose another name for the table.`,
    )
  }
  const known = fields.filter(({ name, type }) => name !== orderColumn && isFieldName(name) && fieldTypeOf(type))
  return {
    width,
    dtype: children?.[0]?.type.precision === 0 ? 'float16' : 'float32',
    model: metadata.get(modelKey),
    fields: Object.fromEntries(known.map(({ name, type }) => [name, fieldTypeOf(type)!])),
  }
}

const isDouble = (type: ArrowType | undefined) => type?.typeId === 3 && type.precision === 2

function fieldTypeOf(type: ArrowType): FieldType | undefined {
  if (isDouble(type)) return 'number'
  return type.typeId === 5 ? 'text' : undefined
}

/** New columns for these fields, empty in existing rows. */
export function newColumns(types: FieldTypes): { readonly name: string; readonly valueSql: string }[] {
  return Object.entries(types).map(([name, type]) => ({
    name,
    valueSql: `CAST(NULL AS ${type === 'number' ? 'DOUBLE' : 'STRING'})`,
  }))
}
