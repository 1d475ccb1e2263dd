/** Checks the numbers in a Parquet file's footer before they are used to allocate memory or to read. */
import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet'

/** The part of a footer that the reader needs. It is small enough to be sent to the thread with each row group. */
export interface Description {
  readonly schema: SchemaElement[]
  /** Names of the top-level columns. */
  readonly header: readonly string[]
  readonly rows: number
  readonly groups: readonly Group[]
}

export interface Group {
  /** The number of its first row. */
  readonly firstRow: number
  readonly rows: number
  readonly chunks: readonly Chunk[]
}

/** One column's part of a row group: a range of bytes in the file. */
export interface Chunk {
  readonly path: readonly string[]
  readonly start: number
  readonly end: number
  /** Size after unpacking, as the footer claims. */
  readonly unpacked: number
  readonly values: number
  readonly hasDictionary: boolean
  readonly type: string
  readonly codec: string
}

/** Maximum levels of lists and structs. Readers build a path for each level, so time grows with the square of the depth. */
const deepest = 32

/** Repeated values are written once, so rows may need no bytes. Even the smallest file may have this many rows. */
const freeRows = 1_000_000
const rowsPerByte = 64

/** @throws Error that says how the footer contradicts itself, the schema or the file's size */
export function describe(
  metadata: FileMetaData,
  toTree: (metadata: FileMetaData) => SchemaTree,
  fileBytes: number,
): Description {
  checkDepth(metadata.schema)
  const tree = toTree(metadata)
  if (tree.count !== metadata.schema.length) throw new Error('its schema has columns outside of its root')
  const leaves = leavesOf(tree)
  const believable = freeRows + rowsPerByte * fileBytes
  let firstRow = 0
  const groups = metadata.row_groups.map((group, i) => {
    const rows = count(group.num_rows, `the number of rows in group ${i}`, believable)
    if (group.columns.length !== leaves.length) {
      throw new Error(`its schema has ${leaves.length} columns, but row group ${i} has ${group.columns.length}`)
    }
    const chunks = leaves.map((leaf, c) => describeChunk(leaf, group.columns[c]!, rows, believable, fileBytes))
    firstRow += rows
    return { firstRow: firstRow - rows, rows, chunks }
  })
  const rows = count(metadata.num_rows, 'its number of rows', believable)
  if (rows !== firstRow) throw new Error(`its footer counts ${rows} rows, but its row groups have ${firstRow}`)
  return { schema: metadata.schema, header: tree.children.map(({ element }) => element.name), rows, groups }
}

function describeChunk(
  leaf: SchemaTree,
  { file_path, meta_data: column }: FileMetaData['row_groups'][number]['columns'][number],
  rows: number,
  believable: number,
  fileBytes: number,
): Chunk {
  const name = JSON.stringify(leaf.path.join('.').slice(0, 60))
  if (file_path || !column) throw new Error(`the column ${name} is in another file or is encrypted`)
  const path = column.path_in_schema
  if (path.length !== leaf.path.length || path.some((part, i) => part !== leaf.path[i])) {
    throw new Error(
      `the column ${name} of its schema is called ${JSON.stringify(path.join('.').slice(0, 60))} in a row group`,
    )
  }
  const values = count(column.num_values, `the number of values of ${name}`, believable)
  const isFlat = leaf.path.length === 1 && leaf.element.repetition_type !== 'REPEATED'
  if (isFlat ? values !== rows : values < rows) throw new Error(`${name} has ${values} values in ${rows} rows`)
  const data = count(column.data_page_offset, `the offset of ${name}`, fileBytes)
  const dictionary = count(column.dictionary_page_offset ?? 0, `the offset of the dictionary of ${name}`, fileBytes)
  const start = dictionary || data
  const size = count(column.total_compressed_size, `the size of ${name}`, fileBytes)
  if (start + size > fileBytes) {
    throw new Error(`its footer puts a column at bytes ${start} to ${start + size} of a file of ${fileBytes} bytes`)
  }
  const unpacked = count(column.total_uncompressed_size, `the unpacked size of ${name}`, Number.MAX_SAFE_INTEGER)
  const { type, codec } = column
  return { path, start, end: start + size, unpacked, values, hasDictionary: dictionary > 0, type, codec }
}

/** A count or an offset from the footer. */
function count(value: bigint | number | undefined, what: string, most: number): number {
  const number = Number(value ?? NaN)
  if (Number.isSafeInteger(number) && number >= 0 && number <= most) return number
  throw new Error(`its footer gives ${value} for ${what}; expected 0 to ${most}`)
}

/** Checks the depth of the schema before its tree is built by recursion. */
function checkDepth(schema: readonly SchemaElement[]): void {
  /** For each open level, the number of children that are still to come. */
  const open: number[] = []
  for (const { num_children: children = 0 } of schema) {
    if (children < 0 || children >= schema.length) throw new Error(`its schema has a column with ${children} children`)
    if (open.length > 0) open[open.length - 1]!--
    if (children > 0) open.push(children)
    if (open.length > deepest) throw new Error(`its columns are nested more than ${deepest} levels deep`)
    while (open.at(-1) === 0) open.pop()
  }
  if (open.length > 0) throw new Error('its schema ends before its last column')
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 && tree.path.length > 0 ? [tree] : tree.children.flatMap(leavesOf)
}
