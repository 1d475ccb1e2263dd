/** The parts of LanceDB that a store uses. It is an optional package, so its own types are not available to everybody. */
export interface LanceModule {
  connect(
    uri: string,
    options: { readonly storageOptions?: Readonly<Record<string, string>>; readonly readConsistencyInterval: number },
  ): Promise<LanceConnection>
}

export interface LanceConnection {
  tableNames(): Promise<string[]>
  openTable(name: string): Promise<LanceTable>
  createEmptyTable(name: string, schema: object, options: { readonly existOk: boolean }): Promise<LanceTable>
  close(): void
}

export interface LanceTable {
  schema(): Promise<LanceSchema>
  version(): Promise<number>
  countRows(filter?: string): Promise<number>
  addColumns(columns: readonly { readonly name: string; readonly valueSql: string }[]): Promise<unknown>
  mergeInsert(on: string): LanceMerge
  delete(filter: string): Promise<{ readonly numDeletedRows: number }>
  query(): LanceQuery
  vectorSearch(vector: Float32Array): LanceQuery
  takeOffsets(offsets: readonly number[]): LanceQuery
  optimize(): Promise<unknown>
  close(): void
}

export interface LanceMerge {
  whenMatchedUpdateAll(): LanceMerge
  whenNotMatchedInsertAll(): LanceMerge
  execute(rows: readonly object[]): Promise<{ readonly numInsertedRows: number; readonly numUpdatedRows: number }>
}

export interface LanceQuery extends AsyncIterable<LanceBatch> {
  where(filter: string): this
  select(columns: readonly string[]): this
  orderBy(order: { readonly columnName: string }): this
  limit(count: number): this
  distanceType(type: 'cosine'): this
}

/** A part of a result: an Arrow record batch. */
export interface LanceBatch {
  readonly numRows: number
  getChild(column: string): { get(row: number): unknown } | null
}

/** A type of Arrow: `typeId` 3 is a float, 5 a text, 16 a list of fixed size. */
export interface ArrowType {
  readonly typeId: number
  readonly precision?: number
  readonly listSize?: number
  readonly children?: readonly ArrowField[]
}

export interface ArrowField {
  readonly name: string
  readonly type: ArrowType
}

export interface LanceSchema {
  readonly fields: readonly ArrowField[]
  readonly metadata: ReadonlyMap<string, string>
}
