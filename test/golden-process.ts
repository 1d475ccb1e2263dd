/** Prints the differences of a golden model's results from PyTorch's, in a separate process: `golden-process.ts NAME OPTIONS`. */
import { readFileSync } from 'node:fs'
import { DreamLIP, type RuntimeOptions } from '../src/index'
import { modelDifferences } from './golden-model'
import type { Golden } from './models/golden'

const [name, options] = process.argv.slice(2) as [string, string]
const golden = JSON.parse(readFileSync(`test/fixtures/models/${name}.json`, 'utf8')) as Golden
const model = await DreamLIP.load(`test/fixtures/models/${name}.pt`, {
  ...(JSON.parse(options) as RuntimeOptions),
  config: golden.config,
})
console.log(JSON.stringify(await modelDifferences(model, golden)))
model.dispose()
