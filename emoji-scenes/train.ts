/**
 * Trains a model of things and scenes from nothing: draws the pictures, then trains on them in stages. If it is stopped, the same
 * command continues. About three hours on two cores.
 *
 *     npm run train -w emoji-scenes
 *     npm run train -w emoji-scenes -- --seed 1 --length 0.25
 *     npm run train -w emoji-scenes -- --from assets/emoji-scenes.safetensors   # only the last stage, from this model
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DreamLIP } from 'dreamlip'
import { writeSplit } from './data-set/write-split'
import { createIcons } from './icons/icons'
import { firstModel, loss, stages, texts, trainingData } from './training/stages'
import { trainRun } from './training/train-run'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: '.cache/emoji' },
    seed: { type: 'string', default: '0' },
    length: { type: 'string', default: '1' },
    from: { type: 'string' },
  },
})

const abort = new AbortController()
process.once('SIGINT', () => abort.abort(new Error('Stopped. The same command continues from here.')))

const seed = Number(options.seed)
/** The share of the steps that are taken. */
const length = Number(options.length)

async function drawPictures(): Promise<string> {
  const { split, samples } = trainingData
  const folder = join(options.out, 'data', split)
  let told = 0
  await writeSplit(folder, trainingData, createIcons(), (done) => {
    abort.signal.throwIfAborted()
    if (done - told >= samples / 10) console.log(`${split}: ${(told = done)} of ${samples} pictures`)
  })
  return folder
}

async function main(): Promise<void> {
  const data = await drawPictures()
  let weights = options.from
  for (const { name, imageSize, steps, ...rates } of options.from === undefined ? stages : stages.slice(-1)) {
    const folder = join(options.out, `${name}-${options.seed}-${options.length}`)
    mkdirSync(folder, { recursive: true })
    const before = weights
    console.log(`\n${name} pictures, seed ${seed}`)
    const model = await trainRun({
      ...rates,
      texts,
      loss,
      start: () =>
        before === undefined ? DreamLIP.create(firstModel, { seed }) : DreamLIP.load(before, { imageSize }),
      seed,
      steps: Math.round(length * steps),
      data,
      folder,
      signal: abort.signal,
    })
    model.dispose()
    weights = join(folder, 'model.safetensors')
  }
  console.log(`\nThe model: ${weights}`)
}

await main()
