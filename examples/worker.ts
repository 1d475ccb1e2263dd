/**
 * Keeps the main thread free: the model computes in a worker.
 *
 *     npx tsx examples/worker.ts
 */
import { readdirSync } from 'node:fs'
import { cosineSimilarity, DreamLIP } from 'dreamlip'

const query = 'some food at night'
const folder = 'examples/scenes'
const pictures = readdirSync(folder).flatMap((file) => (file.endsWith('.png') ? [`${folder}/${file}`] : []))

// Without a path: the small model inside the package.
const model = await DreamLIP.load(process.env.DREAMLIP_MODEL, { worker: true })
let ticks = 0
const timer = setInterval(() => ticks++, 10)
const [texts, images] = await Promise.all([model.encodeText(query), model.encodeImage(pictures)])
clearInterval(timer)
const { data } = cosineSimilarity(texts, images) // [1, pictures]
console.log(`“${query}”: ${pictures[data.indexOf(Math.max(...data))]}`)
console.log(`Meanwhile a timer of 10 ms on the main thread fired ${ticks} times.`)
await model[Symbol.asyncDispose]()
