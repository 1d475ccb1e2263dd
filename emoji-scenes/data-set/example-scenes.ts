/** Writes the pictures in `examples/scenes`, with their captions. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Icons } from '../icons/icons'
import { drawScene } from '../scenes/draw'
import { sampleOf, type SplitName } from './samples'

/** Scenes that training never showed. None shows OpenMoji, whose share-alike licence would apply to the pictures. */
const chosen: Readonly<Record<string, readonly [SplitName, number]>> = {
  cat: ['validation', 10],
  elephant: ['held-out-styles', 48],
  handbag: ['validation', 21],
  helicopter: ['validation', 3],
  ladybug: ['validation', 4],
  panda: ['held-out-styles', 12],
  popcorn: ['held-out-styles', 10],
  rocket: ['validation', 8],
  sailboat: ['validation', 25],
  snowman: ['validation', 6],
  street: ['validation', 23],
  trumpet: ['held-out-styles', 30],
}

const seed = 1
/** Width and height in pixels. */
const side = 160

/** Writes `NAME.png` and `NAME.txt`: the short caption on the first line, the long one on the second. */
export async function writeExampleScenes(folder: string, icons: Icons): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, [split, number]] of Object.entries(chosen)) {
    const { scene, captions } = sampleOf({ seed, split, number })
    const { image } = await drawScene(scene, side, icons)
    const long = captions.long.map(({ text }) => text).join(' ')
    await sharp(image.data, { raw: { width: side, height: side, channels: 3 } })
      .png({ palette: true, colors: 64, dither: 0, effort: 10 }) // half the size of a lossless file
      .toFile(join(folder, `${name}.png`))
    await writeFile(join(folder, `${name}.txt`), `${captions.short}\n${long}\n`)
  }
}
