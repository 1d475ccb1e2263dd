/**
 * Shows where a picture fits each sentence of a description: the picture, then one heat map per sentence, side by side.
 *
 *     npx tsx examples/ground.ts
 *     npx tsx examples/ground.ts street.jpg 'A red bus waits. Two people cross.' heat-maps.png
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { decodeImage, DreamLIP, drawHeatMap, encodePNG, highestPoint, type RawImage } from 'dreamlip'

const [
  file = 'examples/scenes/street.png',
  description = 'A bus appears in the scene. The elephant is drawn in orange. A brown circle is placed in the lower right corner.',
  out = 'examples/output/ground.png',
] = process.argv.slice(2)

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const picture = await decodeImage(file)
const maps = await model.ground(picture, description) // one map per sentence: { text, data, shape: [height, width] }
model.dispose()

for (const map of maps) {
  const [x, y] = highestPoint(map) // where the sentence fits best, in pixels
  console.log(`${map.text}  →  x ${Math.floor(x)}, y ${Math.floor(y)}`)
}
mkdirSync(dirname(out), { recursive: true })
writeFileSync(out, await encodePNG(sideBySide([picture, ...maps.map((map) => drawHeatMap(picture, map))])))
console.log(`Heat maps, from violet (fits least) to yellow (fits best): ${out}`)

/** Pictures of one size in a row, as RGB. */
function sideBySide(pictures: readonly RawImage[]): RawImage {
  const { width, height } = pictures[0]!
  const row = new Uint8Array(height * width * pictures.length * 3) // [height, pictures, width, 3]
  pictures.forEach(({ data, channels }, i) => {
    for (let pixel = 0; pixel < width * height; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)]
      const at = ((y * pictures.length + i) * width + x) * 3
      for (let c = 0; c < 3; c++) row[at + c] = data[pixel * channels + (channels < 3 ? 0 : c)]!
    }
  })
  return { data: row, width: width * pictures.length, height, channels: 3 }
}
