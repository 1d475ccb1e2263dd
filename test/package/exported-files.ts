/** The build's files listed in `exports` of package.json. */
import { exports } from '../../package.json'

export const exportedFiles: readonly string[] = [...new Set(JSON.stringify(exports).match(/dist\/[\w./-]+/g))]
