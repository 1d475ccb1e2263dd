/**
 * Searches by long descriptions. A long caption is longer than what the model reads at once (77 tokens), and the model was trained on
 * single sentences: the mean of its sentences' embeddings stands for the whole.
 *
 *     npx tsx examples/embed-descriptions.ts
 */
import { readdirSync, readFileSync } from 'node:fs'
import { cosineSimilarity, DreamLIP, splitCaption, type Embeddings } from 'dreamlip'

const folder = 'examples/scenes'
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.png') ? [file.slice(0, -4)] : []))
const descriptions = names.map((name) => readFileSync(`${folder}/${name}.txt`, 'utf8').split('\n')[1]!)

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const images = await model.encodeImage(names.map((name) => `${folder}/${name}.png`))
const whole = await model.encodeText(descriptions)
const means = await embedDescriptions(descriptions)
model.dispose()

console.log('place of the right picture, by the caption as one text → by the mean of its sentences')
const [ofWhole, ofMeans] = [whole, means].map((texts) => placesOf(cosineSimilarity(texts, images)))
names.forEach((name, i) => console.log(`${name.padEnd(12)}${String(ofWhole![i]).padStart(2)} → ${ofMeans![i]}`))

/** The mean of each description's sentences. `[descriptions, embedDim]` */
async function embedDescriptions(all: readonly string[]): Promise<Embeddings> {
  const sentences = all.map((description) => splitCaption(description, { rule: 'sentences' }))
  const { data, shape } = await model.encodeText(sentences.flat()) // [sentences, embedDim]
  const width = shape[1]
  const means = new Float32Array(all.length * width)
  let sentence = 0
  sentences.forEach((own, description) => {
    for (const end = sentence + own.length; sentence < end; sentence++) {
      for (let c = 0; c < width; c++) means[description * width + c]! += data[sentence * width + c]! / own.length
    }
  })
  return { data: means, shape: [all.length, width] }
}

/** Where picture `i` stands among all pictures, sorted by their similarity to text `i`. @param similarities `[texts, pictures]` */
function placesOf({ data, shape: [texts, pictures] }: Embeddings): number[] {
  return Array.from({ length: texts }, (_, i) => {
    const row = data.subarray(i * pictures, (i + 1) * pictures)
    return row.filter((cosine) => cosine >= row[i]!).length
  })
}
