/** The files of the build that `exports` in package.json names. */
import { exports } from '../../package.json'

export const exportedFiles: readonly string[] = [...new Set(JSON.stringify(exports).match(/dist\/[\w./-]+/g))]
