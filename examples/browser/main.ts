/**
 * A page that searches pictures by a description and shows where the best one fits it. The model runs in the page.
 *
 *     npm run build && npx vite examples/browser --open
 */
import { cosineSimilarity, decodeImage, DreamLIP, drawHeatMap, encodePNG } from 'dreamlip'

const scenes = 'cat elephant handbag helicopter ladybug panda popcorn rocket sailboat snowman street trumpet'.split(' ')
const form = document.querySelector('form')!
const [text, own] = ['input[name=text]', 'input[type=file]'].map((name) =>
  document.querySelector<HTMLInputElement>(name)!,
)
const status = document.querySelector('#status')!
const gallery = document.querySelector('#pictures')!

const model = await DreamLIP.load() // the small model inside the package; an address on your server loads another one
let urls = scenes.map((name) => new URL(`../scenes/${name}.png`, import.meta.url).href)
let images = await embed()
await search()

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void search()
})
own!.addEventListener('change', () => {
  urls = Array.from(own!.files!, (file) => URL.createObjectURL(file))
  void embed().then((embeddings) => ((images = embeddings), search()))
})

/** Embeds the pictures, once for all searches. `[pictures, embedDim]` */
async function embed() {
  status.textContent = `Embedding ${urls.length} pictures …`
  const start = performance.now()
  const embeddings = await model.encodeImage(urls)
  const milliseconds = Math.round(performance.now() - start)
  status.textContent = `${urls.length} pictures embedded in ${milliseconds} ms, on ${model.device.backend}`
  return embeddings
}

/** Shows where the best picture fits the description, then all pictures, the best first. */
async function search(): Promise<void> {
  const { data } = cosineSimilarity(await model.encodeText(text!.value), images) // [1, pictures]
  const hits = urls.map((url, i) => ({ url, cosine: data[i]! })).sort((a, b) => b.cosine - a.cosine)
  const best = await decodeImage(hits[0]!.url)
  const [map] = await model.ground(best, [text!.value])
  const png = new Blob([(await encodePNG(drawHeatMap(best, map!))) as BlobPart])
  gallery.replaceChildren(
    figure(URL.createObjectURL(png), 'yellow: fits best'),
    ...hits.map(({ url, cosine }) => figure(url, `cosine ${cosine.toFixed(2)}`)),
  )
}

function figure(src: string, caption: string): HTMLElement {
  const element = document.createElement('figure')
  element.append(
    Object.assign(new Image(), { src, alt: '' }),
    Object.assign(document.createElement('figcaption'), { textContent: caption }),
  )
  return element
}
