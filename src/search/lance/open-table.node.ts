/** Opens or creates a LanceDB table. */
import { wrongArgument } from '../../check-arguments'
import { checkSame } from '../vectors/reading/check-same'
import { newSchema, readSchema, type LanceDtype, type TableContents } from './lance-schema'
import type { LanceConnection, LanceModule, LanceTable } from './lancedb'
import { loadLance } from './load-lance.node.ts'
import { saying } from './saying'

export interface TableChoice {
  readonly table: string
  readonly width?: number
  readonly model?: string
  readonly dtype?: LanceDtype
  readonly storageOptions?: Readonly<Record<string, string>>
  readonly cacheBytes?: number
}

export interface OpenedTable {
  /** Its name in messages. */
  readonly name: string
  readonly lance: LanceModule
  readonly connection: LanceConnection
  readonly table: LanceTable
  readonly contents: TableContents
}

/** @throws DreamLIPError as `openLanceStore` */
export async function openTable(uri: string, choice: TableChoice): Promise<OpenedTable> {
  const { table, width, model, dtype, cacheBytes } = choice
  const lance = loadLance()
  const name = `${uri}, table ${table}`
  const { connection, opened } = await saying([name, 'SOURCE_UNREADABLE', 'opened'], undefined, async () => {
    const storageOptions = { ...plainHTTP(choice.storageOptions, process.env), ...choice.storageOptions }
    // An interval of 0 makes other programs' changes visible at once.
    const session = cacheBytes === undefined ? undefined : new lance.Session(BigInt(cacheBytes))
    const connection = await lance.connect(uri, { storageOptions, readConsistencyInterval: 0 }, session)
    const isThere = (await connection.tableNames()).includes(table)
    if (!isThere && width === undefined)
      throw wrongArgument('width', `a number, because there is no table ${table}`, width)
    const opened = isThere
      ? await connection.openTable(table)
      : await connection.createEmptyTable(table, newSchema(width!, model, dtype), { existOk: true })
    return { connection, opened }
  })
  const contents = readSchema(name, await opened.schema())
  checkSame(name, contents, { width, model })
  return { name, lance, connection, table: opened, contents }
}

/** LanceDB reads `AWS_ENDPOINT_URL` itself, but refuses an unencrypted store unless this is allowed explicitly. */
export function plainHTTP(
  given: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const endpoint = given.endpoint ?? given.aws_endpoint ?? environment.AWS_ENDPOINT_URL ?? environment.AWS_ENDPOINT
  return endpoint?.startsWith('http://') ? { allow_http: 'true' } : {}
}
