/** Images per second of our loader: one side of the data benchmark, in its own process. The argument is one JSON document. */
import { LongCaptionDataset } from '../src/index.node.ts'

const { csv, recipe, batchSize, warmUp } = JSON.parse(process.argv[2]!) as {
  csv: string
  recipe: 'crop' | 'strong'
  batchSize: number
  /** Batches before the clock starts. */
  warmUp: number
}

const dataset = await LongCaptionDataset.open(csv)
const loader = dataset.loader({ batchSize, augmentation: recipe, texts: { count: 6, rule: 'reference' } })
let [start, before, batches] = [0, process.cpuUsage(), 0]
for await (const batch of loader.batches({ epoch: 0, sample: 0 })) {
  batch.release()
  if (++batches !== warmUp) continue
  start = performance.now()
  before = process.cpuUsage()
}
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(before)
const images = (batches - warmUp) * batchSize
console.log(JSON.stringify({ perSecond: images / seconds, cpuPerImage: (user + system) / 1e6 / images }))
