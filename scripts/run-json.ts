/** Writes docs/run-json.md and the JSON Schema of run.json: npx tsx scripts/run-json.ts */
import { writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { runJsonPage, runJsonSchema } from './run-json-documents'

const schema = await format(JSON.stringify(runJsonSchema()), { parser: 'json', printWidth: 120 })
writeFileSync('assets/run.schema.json', schema)
writeFileSync('docs/run-json.md', runJsonPage())
