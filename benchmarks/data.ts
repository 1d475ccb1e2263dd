/** Images per second from captions and JPEG files to batches, compared with PyTorch's DataLoader; the time that a trainer waits; 100,000 records. */
import { once } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import sharp from 'sharp'
import { DreamLIP, LongCaptionDataset, Trainer, writeShards } from '../src/index.node.ts'
import { median, pythonHas, runPeer } from './python'
import { inTurn, medianRatio, nodeSide, type Side } from './runtime/sides'

const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) => `examples/photos/${name}`)
const [files, samples, batchSize, workers, warmUp, rounds] = [96, 1920, 32, 2, 10, 3]
const records = 100_000
const header =
  'Image Path,raw_caption,shortIB_captions,longIB_captions,shortSV_captions,longSV_captions,shortLLA_captions,longLLA_captions\n'

/**
 * Both sides: read, crop, augment, resize to 224, normalise, split, draw six sub-captions, tokenize, batch. Python's side needs
 * torchvision: PYTHON="$(scripts/install-python.sh torchvision)" npm run bench -- data
 */
export async function dataBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-bench-'))
  try {
    const csv = await makeData(folder)
    const peer = await pythonHas(['PIL', 'torchvision', 'open_clip'])
    for (const recipe of ['crop', 'strong']) await speed(csv, recipe, peer)
    await waiting(csv, join(folder, 'shards'))
    await memory(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Photographs as in data sets from the web: 512 pixels on the long side. */
async function makeData(folder: string): Promise<string> {
  const sizes = [
    [512, 384],
    [512, 341],
    [384, 512],
    [512, 400],
  ] as const
  mkdirSync(join(folder, 'photos'))
  for (let i = 0; i < files; i++) {
    const [width, height] = sizes[i % sizes.length]!
    const photo = sharp(photos[i % photos.length])
      .removeAlpha()
      .resize({ width, height, fit: 'cover' })
    await photo.jpeg({ quality: 90 }).toFile(join(folder, `photos/${i}.jpg`))
  }
  const lines = Array.from({ length: samples }, (_, i) => line(`photos/${i % files}.jpg`, i))
  writeFileSync(join(folder, 'captions.csv'), header + lines.join(''))
  return join(folder, 'captions.csv')
}

interface Speed {
  readonly perSecond: number
  readonly cpuPerImage: number
}

async function speed(csv: string, recipe: string, peer: boolean): Promise<void> {
  console.log(
    `data, '${recipe}': ${samples} samples of ${files} JPEG photographs with seven captions, batches of ${batchSize}, ` +
      `${workers} workers, the first ${warmUp} batches not counted, median of ${rounds} rounds`,
  )
  const given = { csv, recipe, batchSize, workers, warmUp }
  const ours = nodeSide<Speed>('../data-loader.ts', given)
  const theirs = () => runPeer<Speed>('data-loader', [JSON.stringify(given)])
  const sides: Readonly<Record<string, Side<Speed>>> = peer ? { ours, theirs } : { ours }
  const results = await inTurn(sides, rounds)
  const rates = (side: readonly Speed[]) => side.map(({ perSecond }) => perSecond)
  const report = (side: readonly Speed[]) =>
    `${median(rates(side)).toFixed(0)} images/s, ${(1000 * median(side.map(({ cpuPerImage }) => cpuPerImage))).toFixed(2)} ms of processor time an image`
  console.log(`  dreamlip             ${report(results.ours!)}`)
  if (!results.theirs) return
  console.log(`  PyTorch DataLoader   ${report(results.theirs)}`)
  console.log(`  ratio                ${medianRatio(rates(results.ours!), rates(results.theirs)).toFixed(2)}`)
}

/** How long a trainer waits for batches from WebDataset shards, with a small model, whose steps are short. */
async function waiting(csv: string, shards: string): Promise<void> {
  await writeShards(await LongCaptionDataset.open(csv), shards)
  const vision = { image_size: 64, layers: 4, width: 128, head_width: 32, patch_size: 8 }
  const text = { context_length: 77, vocab_size: 49408, width: 128, heads: 4, layers: 4 }
  const model = await DreamLIP.create({ embed_dim: 128, vision_cfg: vision, text_cfg: text }, { seed: 1 })
  const dataset = await LongCaptionDataset.open(shards)
  const data = dataset.loader({ batchSize, imageSize: 64, texts: { count: 1, raw: 'drawn' }, seed: 1 })
  let [waited, took, steps] = [0, 0, 0]
  await new Trainer({ model, data, progress: false }).fit({
    steps: 50,
    onStep: ({ step, dataShare, imagesPerSecond }) => {
      if (step <= warmUp) return
      const seconds = batchSize / imagesPerSecond
      waited += dataShare * seconds
      took += seconds
      steps++
    },
  })
  model.dispose()
  console.log(
    `training a small model (4 layers of 128, 64-pixel images, one text) on batches of ${batchSize} from shards`,
  )
  console.log(
    `  a step takes ${((1000 * took) / steps).toFixed(0)} ms; waiting for data ${((100 * waited) / took).toFixed(1)} % of it`,
  )
}

/** Reads and shuffles without images: memory that grows would show. */
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
