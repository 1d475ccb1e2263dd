/** Prints the names that each entry of the package exports, and whether all entries share one error class. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { exports } = JSON.parse(readFileSync('node_modules/dreamlip/package.json', 'utf8'))
const load = process.argv[2] === 'require' ? require : (name) => import(name)
const all = await load('dreamlip')
const entries = {}
const parts = Object.keys(exports).filter((entry) => entry !== './package.json' && entry !== './worker')
for (const entry of parts) {
  const part = await load(entry.replace('.', 'dreamlip'))
  entries[entry] = Object.keys(part).sort()
  for (const name of entries[entry]) if (part[name] !== all[name]) throw new Error(`${entry}: another ${name}`)
}
// It serves a model to the thread that started it; this thread is not a worker.
const refusal = await (async () => load('dreamlip/worker'))().catch((error) => error)
if (!(refusal instanceof all.DreamLIPError) || refusal.code !== 'WORKER_FAILED') throw refusal
console.log(JSON.stringify(entries))
