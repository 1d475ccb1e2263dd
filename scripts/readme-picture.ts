/** Draws the README's picture: a scene, and the places where the small embedded model finds each sentence. */
import sharp, { type OverlayOptions, type Sharp } from 'sharp'
import { createIcons } from 'emoji-scenes/icons/icons'
import { drawScene } from 'emoji-scenes/scenes/draw'
import { sampleOf } from 'emoji-scenes/data-set/samples'
import { DreamLIP, drawHeatMap, type RawImage } from '../src/index'

const [scenePath, picturePath] = ['assets/scene.png', 'docs/heat-maps.jpg']
const sentences = [
  'A cow appears in the scene.',
  'At the bottom left there is a fox.',
  'A purple saxophone can be seen.',
]

/** A scene in a style that the model was not trained on (Fluent Emoji), and its side in pixels. */
const sample = { seed: 1, split: 'held-out-styles', number: 386 } as const
const side = 224

const [margin, captionHeight] = [12, 34]

const { image: scene } = await drawScene(sampleOf(sample).scene, side, createIcons())
await pixels(scene).png({ palette: true, colours: 128, effort: 10 }).toFile(scenePath)

const model = await DreamLIP.load()
const maps = await model.ground(scenePath, sentences)
model.dispose()
const columns = [
  { caption: 'the picture', image: scene },
  ...maps.map((map) => ({ caption: map.text, image: drawHeatMap(scene, map) })),
]
const layers = await Promise.all(columns.map(drawColumn))
await sharp({
  create: {
    width: columns.length * (side + margin) + margin,
    height: side + margin + captionHeight,
    channels: 3,
    background: 'white',
  },
})
  .composite(layers.flat())
  .jpeg({ quality: 88, mozjpeg: true })
  .toFile(picturePath)

/** An image of the row with its caption below. */
async function drawColumn(
  { caption, image }: { caption: string; image: RawImage },
  column: number,
): Promise<OverlayOptions[]> {
  const left = margin + column * (side + margin)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${captionHeight}"><text x="50%" y="22" text-anchor="middle" font-family="sans-serif" font-size="12.5" fill="#222">${caption}</text></svg>`
  return [
    { input: await pixels(image).png().toBuffer(), left, top: margin },
    { input: Buffer.from(svg), left, top: margin + side },
  ]
}

function pixels({ data, width, height, channels }: RawImage): Sharp {
  return sharp(data, { raw: { width, height, channels: channels as 3 | 4 } })
}
