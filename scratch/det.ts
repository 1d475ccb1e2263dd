import { DreamLIP, LongCaptionDataset, Trainer } from '../src/index'
import { smallModel } from '../examples/emoji-scenes/config'
const model = await DreamLIP.create(smallModel, { seed: 0 })
const d = await LongCaptionDataset.open('/tmp/lead/scenes3/train/shard-*.tar')
const data = d.loader({ batchSize: 64, imageSize: 64, seed: 0 })
const tr = new Trainer({ model, data, schedule: { learningRate: 5e-4, warmup: 2 } })
const out: string[] = []
await tr.fit({ steps: 8, onStep: (r) => out.push(`${r.loss}`) })
console.log(out.join(' '))
process.exit(0)
