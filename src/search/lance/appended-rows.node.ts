/** Builds Arrow tables, which LanceDB appends without looking at existing rows. */
import { narrowToFloat16 } from '../../half-precision'
import { orderColumn, type LanceDtype } from './lance-schema'
import type { LanceSchema } from './lancedb'
import { loadArrow } from './load-lance.node.ts'

export interface AppendedRows {
  readonly ids: readonly string[]
  /** `[ids.length, width]` */
  readonly vectors: Float32Array
  /** The first row's value in the order column. */
  readonly firstOrder: number
  /** Texts by column; `''` for a missing one. */
  readonly texts: Readonly<Record<string, readonly string[]>>
}

/** @param schema of the table; its other columns stay empty */
export function arrowTable(
  schema: LanceSchema,
  dtype: LanceDtype,
  { ids, vectors, firstOrder, texts }: AppendedRows,
): object {
  const arrow = loadArrow()
  const length = ids.length
  const textColumn = (values: readonly string[]) =>
    arrow.vectorFromArray(
      values.map((value) => (value === '' ? null : value)),
      new arrow.Utf8(),
    ).data[0]!
  const column = (name: string) => {
    const { type } = schema.fields.find((field) => field.name === name)!
    if (name === 'id') return arrow.vectorFromArray(ids, new arrow.Utf8()).data[0]!
    if (name === orderColumn) {
      return arrow.makeData({ type, data: Float64Array.from(ids, (_, i) => firstOrder + i) })
    }
    if (name !== 'vector') return textColumn(texts[name]!)
    const data = dtype === 'float16' ? narrowToFloat16(vectors) : vectors
    const child = arrow.makeData({ type: type.children![0]!.type, data })
    return arrow.makeData({ type, length, nullCount: 0, child })
  }
  const names = ['id', 'vector', orderColumn, ...Object.keys(texts)]
  const fields = schema.fields.filter(({ name }) => names.includes(name))
  const children = fields.map(({ name }) => column(name))
  const rows = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children })
  const own = new arrow.Schema(fields)
  return new arrow.Table(own, [new arrow.RecordBatch(own, rows)])
}
