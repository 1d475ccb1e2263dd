/** Prints the names that each entry of the package exports, and checks that the program has each thing once, however it loads it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { exports } = JSON.parse(readFileSync('node_modules/dreamlip/package.json', 'utf8'))
const ways = [require, (name) => import(name)]
if (process.argv[2] === 'import') ways.reverse()
const all = await ways[0]('dreamlip')
const entries = {}
const parts = Object.keys(exports).filter((entry) => entry !== './package.json' && entry !== './worker')
for (const load of ways) {
  for (const entry of parts) {
    const part = await load(entry.replace('.', 'dreamlip'))
    const names = Object.keys(part).sort()
    for (const name of names) if (part[name] !== all[name]) throw new Error(`${entry}: another ${name}`)
    entries[entry] ??= names
    if (names.join() !== entries[entry].join()) throw new Error(`${entry}: ${names} instead of ${entries[entry]}`)
  }
  // It serves a model to the thread that started it; this thread is not a worker.
  const refusal = await (async () => load('dreamlip/worker'))().catch((error) => error)
  if (!(refusal instanceof all.DreamLIPError) || refusal.code !== 'WORKER_FAILED') throw refusal
}
console.log(JSON.stringify(entries))
