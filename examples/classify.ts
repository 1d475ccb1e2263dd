/**
 * Zero-shot classification: which of these labels fits a picture best?
 *
 *     npx tsx examples/classify.ts
 *     npx tsx examples/classify.ts cat,dog,bus photo.jpg another.jpg
 */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DreamLIP } from 'dreamlip'

const folder = 'examples/scenes'
const [names, ...pictures] = process.argv.slice(2)
const backgrounds = ['a desert', 'a night sky', 'a gray road', 'red and white stripes', 'a gradient of brown and green']
const plain = ['brown', 'gray', 'white', 'light blue'].map((color) => `plain ${color}`)
const labels = names?.split(',') ?? [...backgrounds, ...plain]
const templates = names ? ['a photo of a {}.', 'a {}'] : ['The background is {}.'] // a label is the mean of its prompts
if (pictures.length === 0) {
  pictures.push(...readdirSync(folder).flatMap((file) => (file.endsWith('.png') ? [join(folder, file)] : [])))
}

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const results = await model.classify(pictures, labels, { templates, topK: 2 }) // [[{ label, score }, …], …], best first
model.dispose()

for (const [i, scores] of results.entries()) {
  console.log(basename(pictures[i]!))
  for (const { label, score } of scores) {
    console.log(
      `  ${'█'.repeat(Math.round(20 * score)).padEnd(20)} ${(100 * score).toFixed(0).padStart(3)} %  ${label}`,
    )
  }
}
