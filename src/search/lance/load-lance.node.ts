/** Loads LanceDB and its copy of Arrow. */
import { DreamLIPError } from '../../errors'
import { loadPackage, loadPackageOf } from '../../installed.node.ts'
import type { ArrowModule, LanceModule } from './lancedb'

const name = '@lancedb/lancedb'

/** @throws DreamLIPError `MISSING_DEPENDENCY` */
export function loadLance(): LanceModule {
  try {
    return loadPackage(name) as LanceModule
  } catch (cause) {
    throw new DreamLIPError(
      'MISSING_DEPENDENCY',
      `A store in LanceDB needs ${name}, which is ${(cause as Error).message}. Run: npm install ${name}`,
      { cause },
    )
  }
}

/** Loads the same `apache-arrow` as LanceDB, because the classes must be identical. @throws DreamLIPError `MISSING_DEPENDENCY` */
export function loadArrow(): ArrowModule {
  try {
    return loadPackageOf(name, 'apache-arrow') as ArrowModule
  } catch (cause) {
    throw new DreamLIPError(
      'MISSING_DEPENDENCY',
      `A store in LanceDB needs apache-arrow beside ${name}. Run: npm install ${name} apache-arrow`,
      { cause },
    )
  }
}
