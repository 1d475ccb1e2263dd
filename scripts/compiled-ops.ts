/** Writes docs/compiled-ops.md: the TensorFlow.js ops that the compiled runtime supports. */
import { writeFileSync } from 'node:fs'
import { compiledOpsTable } from './compiled-ops-table'

writeFileSync('docs/compiled-ops.md', compiledOpsTable())
