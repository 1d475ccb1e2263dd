/** Photographs per second from file to pixels, compared with Pillow and NumPy. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { preprocessImage } from '../src/index'
import { median, pythonHas, runPeer } from './python'

const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg'].map((name) =>
  fileURLToPath(new URL(`../examples/photos/${name}`, import.meta.url)),
)
const rounds = 5
const imagesARound = 60

/** The number that `encodeImage` prepares at the same time: sharp decodes in threads while this one resizes. */
const atOnce = 4

/** Decode, resize to 224 (bicubic, antialiased), crop, normalise: both sides in turn, theirs one image after another. */
export async function imagesBenchmark(): Promise<void> {
  console.log(`images: ${imagesARound} photographs a round (${photos.length} files), median of ${rounds} rounds`)
  const peer = await pythonHas(['PIL', 'numpy'])
  const ours: number[] = []
  const theirs: number[] = []
  await measure(9)
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(imagesARound))
    if (peer) theirs.push((await runPeer<{ perSecond: number }>('images', [String(imagesARound), ...photos])).perSecond)
  }
  console.log(`  dreamlip            ${median(ours).toFixed(1)} images/s`)
  if (!peer) return
  console.log(`  Pillow + NumPy      ${median(theirs).toFixed(1)} images/s`)
  console.log(`  ratio               ${median(ours.map((value, i) => value / theirs[i]!)).toFixed(2)}`)
}

/** Images per second. */
async function measure(count: number): Promise<number> {
  const files = photos.map((path) => readFileSync(path))
  const start = performance.now()
  let next = 0
  const work = async () => {
    while (next < count) await preprocessImage(files[next++ % files.length]!)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return (1000 * count) / (performance.now() - start)
}
