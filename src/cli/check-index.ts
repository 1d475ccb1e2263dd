/** Refuses the name of a missing index. */
import { stat } from 'node:fs/promises'
import { DreamLIPError } from '../index.node.ts'
import { checkTable, isLance } from './search/lance-options'

/** Checks first: opening an index would create one. @throws DreamLIPError `SOURCE_UNREADABLE`; errors of LanceDB for `lance:…` */
export async function checkIndex(folder: string): Promise<void> {
  if (isLance(folder)) return checkTable(folder)
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `--in ${folder}: expected the folder of an index; there is none. Make it with: dreamlip index PICTURES --into ${folder}`,
  )
}
