/** Images per second from captions and JPEG files to batches, beside PyTorch's DataLoader; then memory over 100,000 records. */
import { once } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import sharp from 'sharp'
import { LongCaptionDataset } from '../src/index'
import { median, pythonHas, runPeer } from './python'

const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => `examples/photos/${name}`)
const [images, batchSize, workers, rounds] = [480, 32, 2, 3]
const records = 100_000
const header =
  'Image Path,raw_caption,shortIB_captions,longIB_captions,shortSV_captions,longSV_captions,shortLLA_captions,longLLA_captions\n'

/** Both sides: read, crop 90 to 100 %, resize to 224, normalise, split, draw six sub-captions, tokenize, batch. */
export async function dataBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-bench-'))
  try {
    await speed(folder)
    await memory(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function speed(folder: string): Promise<void> {
  console.log(
    `data: ${images} JPEG photographs with seven captions, batches of ${batchSize}, ${workers} workers, ${rounds} rounds`,
  )
  mkdirSync(join(folder, 'photos'))
  const lines: string[] = []
  for (let i = 0; i < images; i++) {
    // Sizes as web photographs have them, and of a shape that crops of 90 % fit into.
    const size = { width: 480 + (i % 7) * 20, height: 400 + (i % 5) * 20 }
    await sharp(photos[i % photos.length])
      .removeAlpha()
      .resize({ ...size, fit: 'cover' })
      .jpeg({ quality: 90 })
      .toFile(join(folder, `photos/${i}.jpg`))
    lines.push(line(`photos/${i}.jpg`, i))
  }
  const csv = join(folder, 'captions.csv')
  writeFileSync(csv, header + lines.join(''))
  const dataset = await LongCaptionDataset.open(csv)
  const peer = await pythonHas(['PIL', 'torch', 'open_clip_import'])
  const [ours, theirs, cpu, theirCPU]: number[][] = [[], [], [], []]
  await measure(dataset, -1)
  for (let round = 0; round < rounds; round++) {
    const { perSecond, cpuPerImage } = await measure(dataset, round)
    ours!.push(perSecond)
    cpu!.push(cpuPerImage)
    if (!peer) continue
    const answer = await runPeer<{ perSecond: number; cpuPerImage: number }>('data', [
      csv,
      String(batchSize),
      String(workers),
    ])
    theirs!.push(answer.perSecond)
    theirCPU!.push(answer.cpuPerImage)
  }
  const report = (rate: readonly number[], time: readonly number[]) =>
    `${median(rate).toFixed(0)} images/s, ${(1000 * median(time)).toFixed(2)} ms of processor time an image`
  console.log(`  dreamlip             ${report(ours!, cpu!)}`)
  if (!peer) return
  console.log(`  PyTorch DataLoader   ${report(theirs!, theirCPU!)} (processor time with Python's start)`)
  console.log(`  ratio                ${median(ours!.map((value, i) => value / theirs![i]!)).toFixed(2)}`)
}

/** After the first batch, as on the other side. */
async function measure(dataset: LongCaptionDataset, epoch: number) {
  const loader = dataset.loader({ batchSize, texts: { count: 6, rule: 'reference' } })
  let [start, count] = [0, 0]
  const before = process.cpuUsage()
  for await (const batch of loader.batches({ epoch: epoch + 1, sample: 0 })) {
    if (start === 0) start = performance.now()
    else count += batch.images.shape[0]
  }
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: count / seconds, cpuPerImage: (user + system) / 1e6 / (count + batchSize) }
}

/** Reads and shuffles without images: what grows would show. */
async function memory(folder: string): Promise<void> {
  const csv = join(folder, 'large.csv')
  const file = createWriteStream(csv)
  file.write(header)
  for (let i = 0; i < records; i++) {
    if (!file.write(line(`photos/${i}.jpg`, i))) await once(file, 'drain')
  }
  file.end()
  await finished(file)
  const started = performance.now()
  const dataset = await LongCaptionDataset.open(csv)
  const indexed = performance.now()
  const megabytes: number[] = []
  let count = 0
  for await (const reading of dataset.readings({ seed: 1 })) {
    if ('record' in reading) count++
    if (count % (records / 10) === 0) megabytes.push(Math.round(process.memoryUsage.rss() / 1e6))
  }
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`
  console.log(
    `  ${records} records of ${file.bytesWritten >> 20} MiB: indexed in ${seconds(started, indexed)}, read in random order in ${seconds(indexed, performance.now())}`,
  )
  console.log(`  memory at each tenth  ${megabytes.join(', ')} MB`)
}

function line(image: string, i: number): string {
  const sentence = (n: number) =>
    `The picture numbered ${i} shows a scene with ${n} people near a red bus and a tall building`
  const long = `"${[1, 2, 3, 4, 5].map(sentence).join('. ')}."`
  const short = `A street scene number ${i} with a bus`
  return [image, `photo of street ${i}`, short, long, short, long, short, long].join(',') + '\n'
}
