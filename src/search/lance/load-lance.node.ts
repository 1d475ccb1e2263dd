/** Loads LanceDB. */
import { DreamLIPError } from '../../errors'
import { loadPackage } from '../../installed.node.ts'
import type { LanceModule } from './lancedb'

/** @throws DreamLIPError `MISSING_DEPENDENCY` */
export function loadLance(): LanceModule {
  try {
    return loadPackage('@lancedb/lancedb') as LanceModule
  } catch (cause) {
    throw new DreamLIPError(
      'MISSING_DEPENDENCY',
      `A store in LanceDB needs @lancedb/lancedb, which is ${(cause as Error).message}. Run: npm install @lancedb/lancedb`,
      { cause },
    )
  }
}
