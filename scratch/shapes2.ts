import { LongCaptionDataset } from '../src/index'
import { dictionaryOrder, packTexts } from '../src/inference/shared-prefixes'
const d = await LongCaptionDataset.open('/tmp/lead/scenes/train/shard-*.tar')
const l = d.loader({ batchSize: 128, imageSize: 64, seed: 0, texts: { count: 6 } })
let i = 0
for await (const b of l.batches({ epoch: 0, sample: 0 })) {
  const seq = b.captions.flat().map((x) => Int32Array.from(x))
  const order = dictionaryOrder(seq)
  const s = (len: number, c: number) => { const r = packTexts(seq, order, { length: len, ends: len / c }); return `${len}/${c}: ${r.length} rows ${r.length * len} tok ends ${Math.max(...r.map((x) => x.ends.length))}` }
  console.log(seq.length, new Set(seq.map(String)).size, Math.max(...seq.map((x) => x.length)), [s(64, 8), s(64, 4), s(96, 6), s(96, 4), s(128, 8), s(128, 4), s(1e6, 1)].join('; '))
  if (++i === 6) break
}
process.exit(0)
