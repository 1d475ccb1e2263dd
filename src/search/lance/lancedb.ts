/** The parts of LanceDB that a store uses. The package is optional, so its own types may not be installed. */
export interface LanceModule {
  connect(
    uri: string,
    options: { readonly storageOptions?: Readonly<Record<string, string>>; readonly readConsistencyInterval: number },
    session?: object,
  ): Promise<LanceConnection>
  readonly Session: new (indexCacheBytes: bigint) => object
  readonly Index: LanceIndexKinds
}

/** Index settings by type. */
export interface LanceIndexKinds {
  btree(): object
  ivfFlat(options: LanceIndexSettings): object
  ivfRq(options: LanceIndexSettings): object
  ivfPq(options: LanceIndexSettings): object
  hnswSq(options: LanceIndexSettings): object
}

export interface LanceIndexSettings {
  readonly distanceType: 'cosine'
  readonly numPartitions: number
  readonly numSubVectors?: number
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
  /** Adds rows of an Arrow table, all or none. */
  add(rows: object): Promise<unknown>
  mergeInsert(on: string): LanceMerge
  delete(filter: string): Promise<{ readonly numDeletedRows: number }>
  query(): LanceQuery
  vectorSearch(vector: Float32Array): LanceVectorQuery
  takeOffsets(offsets: readonly number[]): LanceQuery
  optimize(): Promise<unknown>
  createIndex(column: string, options: { readonly config: object; readonly replace: boolean }): Promise<void>
  listIndices(): Promise<{ readonly name: string; readonly indexType: string; readonly columns: readonly string[] }[]>
  dropIndex(name: string): Promise<void>
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
}

export interface LanceVectorQuery extends LanceQuery {
  distanceType(type: 'cosine'): this
  nprobes(count: number): this
  refineFactor(factor: number): this
}

/** A part of a result: an Arrow record batch. */
export interface LanceBatch {
  readonly numRows: number
  getChild(column: string): { get(row: number): unknown } | null
}

/** An Arrow type: `typeId` 3 is a float, 5 a text, 16 a list of fixed size. */
export interface ArrowType {
  readonly typeId: number
  /** For floats: 0 is float16, 1 float32, 2 float64. */
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

/** The parts of `apache-arrow` that build a table. LanceDB installs it. */
export interface ArrowModule {
  readonly Utf8: new () => object
  readonly Float64: new () => object
  readonly Struct: new (fields: readonly ArrowField[]) => object
  readonly Schema: new (fields: readonly ArrowField[]) => object
  readonly RecordBatch: new (schema: object, data: object) => object
  readonly Table: new (schema: object, batches: readonly object[]) => object
  makeData(options: object): object
  vectorFromArray(values: readonly (string | null)[], type: object): { readonly data: readonly object[] }
}
