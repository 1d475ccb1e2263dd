/**
 * Trains the same small model with each recipe, measures it on scenes that it has never seen, and writes the numbers, tables and
 * charts of docs/emoji-scenes.md. If it is stopped, the same command continues.
 *
 *     npm run compare -w emoji-scenes
 *     npm run compare -w emoji-scenes -- --steps 100 --seeds 0 --recipes raw-captions,grouping-image --docs /tmp/docs
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { smallModel } from './comparison/config'
import { createIcons, type Icons } from './icons/icons'
import { measure } from './comparison/measure'
import { recipes, type RecipeName } from './comparison/recipes'
import { describeResults, type Result } from './comparison/describe-results'
import { drawTestScenes, testSplits, type TestSplit } from './comparison/test-scenes'
import { DreamLIP } from 'dreamlip'
import { trainRun } from './training/train-run'

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '.cache/emoji-scenes' },
    out: { type: 'string', default: '.cache/emoji-scenes/runs' },
    docs: { type: 'string', default: 'docs' },
    steps: { type: 'string', default: '1000' },
    batch: { type: 'string', default: '64' },
    rate: { type: 'string', default: '1e-3' },
    seeds: { type: 'string', default: '0,1' },
    scenes: { type: 'string', default: '500' },
    recipes: { type: 'string', default: Object.keys(recipes).join() },
  },
})

const abort = new AbortController()
process.once('SIGINT', () => abort.abort(new Error('Stopped. The same command continues from here.')))

async function main(): Promise<void> {
  const icons = createIcons()
  const names = options.recipes.split(',') as RecipeName[]
  const results: Result[] = []
  // All recipes with the first seed, then with the next: a complete table exists early.
  for (const seed of options.seeds.split(',').map(Number)) {
    for (const name of names) results.push(await resultOf(name, seed, icons))
  }
  await mkdir(options.docs, { recursive: true })
  const settings = {
    steps: Number(options.steps),
    batchSize: Number(options.batch),
    learningRate: Number(options.rate),
    processor: cpus()[0]?.model ?? 'unknown',
  }
  await describeResults(options.docs, settings, results)
}

/** The result of an earlier run if there is one; otherwise trains and measures. */
async function resultOf(name: RecipeName, seed: number, icons: Icons): Promise<Result> {
  const recipe = recipes[name]
  if (!recipe) throw new Error(`--recipes: expected some of ${Object.keys(recipes).join(', ')}; got ${name}.`)
  const folder = join(options.out, `${name}-${options.steps}-${seed}`)
  const file = join(folder, 'result.json')
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Result
  console.log(`\n${recipe.title}, seed ${seed}`)
  const began = performance.now()
  const model = await trainRun({
    ...recipe,
    start: () => DreamLIP.create(smallModel, { seed }),
    seed,
    steps: Number(options.steps),
    batchSize: Number(options.batch),
    learningRate: Number(options.rate),
    data: join(options.data, 'train'),
    folder,
    signal: abort.signal,
  })
  const seconds = Math.round((performance.now() - began) / 1000)
  const splits: Record<string, Result['splits'][string]> = {}
  for (const split of Object.keys(testSplits) as TestSplit[]) {
    const side = model.config.vision.imageSize
    const scenes = await drawTestScenes(split, Number(options.scenes), side, 0, icons)
    splits[split] = await measure(model, split, scenes, icons)
  }
  model.dispose()
  const result: Result = { recipe: name, title: recipe.title, seed, seconds, splits }
  await writeFile(file, JSON.stringify(result, undefined, 2))
  return result
}

await main()
