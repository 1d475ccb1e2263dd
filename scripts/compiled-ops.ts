/** Writes docs/compiled-ops.md: which ops of TensorFlow.js the compiled runtime runs. */
import { writeFileSync } from 'node:fs'
import { compiledOpsTable } from './compiled-ops-table'

writeFileSync('docs/compiled-ops.md', compiledOpsTable())
