/**
 * Searches a folder of pictures by a description.
 *
 *     npx tsx examples/search.ts
 *     npx tsx examples/search.ts 'a dog on a beach' my-photos
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cosineSimilarity, DreamLIP } from 'dreamlip'

const [query, folder = 'examples/scenes'] = process.argv.slice(2)
const queries = query ? [query] : ['Three roses are under a ladybug.', 'some food at night', 'a bus on a street']

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const files = readdirSync(folder).filter((file) => /\.(jpe?g|png|webp|avif|gif)$/i.test(file))
const images = await model.encodeImage(files.map((file) => join(folder, file))) // [files, embedDim]: compute once, keep
const texts = await model.encodeText(queries) // [queries, embedDim]
const { data } = cosineSimilarity(texts, images) // [queries, files]

for (const [i, text] of queries.entries()) {
  const hits = files.map((file, j) => ({ file, cosine: data[i * files.length + j]! }))
  hits.sort((a, b) => b.cosine - a.cosine)
  console.log(`\n“${text}”`)
  for (const { file, cosine } of hits.slice(0, 3)) console.log(`  ${cosine.toFixed(2)}  ${join(folder, file)}`)
}
model.dispose()
