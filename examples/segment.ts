/**
 * Divides a picture among labels: each pixel gets the label that fits it best.
 *
 *     npx tsx examples/segment.ts
 *     npx tsx examples/segment.ts street.jpg 'a road,a bus,people' parts.png
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { decodeImage, DreamLIP, drawSegmentation, encodePNG, segmentationLegend } from 'dreamlip'

const [
  file = 'examples/scenes/ladybug.png',
  labels = 'a ladybug,maple leaves,roses,a brown background',
  out = 'examples/output/segment.png',
] = process.argv.slice(2)

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const picture = await decodeImage(file)
const segmentation = await model.segment(picture, labels.split(','), { templates: ['{}'] })
model.dispose()

for (const { label, color, share } of segmentationLegend(segmentation)) {
  console.log(`${(100 * share).toFixed(0).padStart(3)} % of the pixels: ${label} (${color})`)
}
mkdirSync(dirname(out), { recursive: true })
writeFileSync(out, await encodePNG(drawSegmentation(picture, segmentation)))
console.log(`The picture in these colors: ${out}`)
