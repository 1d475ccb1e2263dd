import { LongCaptionDataset } from '../src/index'
import { textBatch } from '../src/inference/text-batches'
const d = await LongCaptionDataset.open('/tmp/lead/scenes/train/shard-*.tar')
const l = d.loader({ batchSize: 128, imageSize: 64, seed: 0, texts: { count: 6 } })
const c = new Map<string, number>(); let i = 0, len = 0, n = 0
for await (const b of l.batches({ epoch: 0, sample: 0 })) {
  const seq = b.captions.flat().map((x) => Int32Array.from(x)); len += seq.reduce((s, x) => s + x.length, 0); n += seq.length
  const t = textBatch(seq, { width: 128, fewShapes: true })
  const k = [t.shape, t.endsShape].join(' | '); c.set(k, (c.get(k) ?? 0) + 1); if (++i === 60) break
}
console.log(len / n, c); process.exit(0)
