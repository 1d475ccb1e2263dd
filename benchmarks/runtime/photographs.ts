/** From files of 12-megapixel photographs to embeddings with ViT-B/16, compared with transformers.js and with open_clip and Pillow. */
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { median, pythonHas } from '../python'
import { difference } from './agreement'
import { withModelFiles } from './model-files'
import type { Embedded, PhotographSide } from './photographs-side'
import { inTurn, medianRatio, nodeSide, pythonSide, threads, type Side } from './sides'

const rounds = Number(process.env.ROUNDS ?? 3)
const batchSize = 8
const imagesPerRound = Number(process.env.IMAGES ?? 48)

/** Sources of the photographs: the folder in the environment variable PICTURES, else the examples. */
export const pictures = process.env.PICTURES ?? fileURLToPath(new URL('../../examples/photos', import.meta.url))

export async function photographsBenchmark(): Promise<void> {
  await withModelFiles(async ({ safetensors, transformers, folder }) => {
    const photos = await makePhotographs(join(folder, 'photographs'))
    const common = { photos, count: imagesPerRound, batchSize, threads }
    const side = (args: Pick<PhotographSide, 'side' | 'model' | 'decode'>): Side<Embedded> =>
      nodeSide('photographs-side.ts', { ...common, ...args })
    const results = await inTurn(
      {
        ...((await pythonHas(['torch', 'open_clip_import', 'safetensors', 'PIL'])) && {
          'open_clip, Pillow': pythonSide<Embedded>('photographs', { ...common, model: safetensors }),
        }),
        'transformers.js': side({ side: 'transformers', model: transformers }),
        'dreamlip, exact': side({ side: 'dreamlip', model: safetensors, decode: 'exact' }),
        'dreamlip, fast': side({ side: 'dreamlip', model: safetensors, decode: 'fast' }),
      } as Record<string, Side<Embedded>>,
      rounds,
    )
    const megabytes = photos.map((photo) => statSync(photo).size / 1e6)
    console.log(
      `photographs: ${imagesPerRound} JPEGs of 12 megapixels and ${median(megabytes).toFixed(1)} MB a round, batches of ${batchSize}, ` +
        `float32, ${threads} threads, median of ${rounds} rounds`,
    )
    for (const [name, embedded] of Object.entries(results)) report(name, embedded, results)
  })
}

function report(name: string, embedded: readonly Embedded[], results: Readonly<Record<string, Embedded[]>>): void {
  const perSecond = (each: readonly Embedded[]) => each.map(({ seconds }) => imagesPerRound / seconds)
  const peers = name.startsWith('dreamlip')
    ? ['transformers.js', 'open_clip, Pillow'].filter((peer) => peer in results)
    : []
  const beside = peers.map((peer) => {
    const ratio = medianRatio(perSecond(embedded), perSecond(results[peer]!)).toFixed(2)
    return `; ${ratio} of ${peer} ${difference(embedded[0]!.embedding, results[peer]![0]!.embedding)}`
  })
  const waiting = embedded.flatMap((each) => each.waiting ?? [])
  const waits = waiting.length > 0 ? `; the model waits ${(100 * median(waiting)).toFixed(1)} % of the time` : ''
  console.log(
    `  ${name.padEnd(18)} ${median(perSecond(embedded)).toFixed(2).padStart(6)} images/s${waits}${beside.join('')}`,
  )
}

/** Enlarges pictures to 4032 × 3024 or upright, and adds camera noise, so that the files are as large as those of phones. */
async function makePhotographs(folder: string): Promise<string[]> {
  mkdirSync(folder)
  const names = readdirSync(pictures, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(jpe?g|png)$/i.test(name),
  )
  const chosen = names.sort().filter((_, i) => i % Math.ceil(names.length / batchSize) === 0)
  return Promise.all(
    chosen.map(async (name, i) => {
      const picture = join(pictures, name)
      const { autoOrient } = await sharp(picture).metadata()
      const [width, height] = autoOrient.width > autoOrient.height ? [4032, 3024] : [3024, 4032]
      const large = sharp(picture).autoOrient().resize(width, height, { kernel: 'cubic' }).removeAlpha()
      const create = {
        width,
        height,
        channels: 3,
        background: 'gray',
        noise: { type: 'gaussian', mean: 128, sigma: 20 },
      } as const
      const noise = await sharp({ create }).png({ compressionLevel: 0 }).toBuffer()
      const file = join(folder, `${i}.jpg`)
      await large
        .composite([{ input: noise, blend: 'soft-light' }])
        .jpeg({ quality: 92 })
        .toFile(file)
      return file
    }),
  )
}
