/**
 * Searches a folder of pictures by a description.
 *
 *     npx tsx examples/search.ts
 *     npx tsx examples/search.ts 'a dog on a beach' my-photos
 */
import { DreamLIP, listImages, topK } from 'dreamlip'

const [query, folder = 'examples/scenes'] = process.argv.slice(2)
const queries = query ? [query] : ['Three roses are under a ladybug.', 'some food at night', 'a bus on a street']

const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
const paths = await listImages(folder)
const images = await model.encodeImage(paths) // [paths, embedDim]: compute once, keep with saveEmbeddings
const found = topK(images, await model.encodeText(queries), 3) // [[{ index, score }, …], …], best first

for (const [i, text] of queries.entries()) {
  console.log(`\n“${text}”`)
  for (const { index, score } of found[i]!) console.log(`  ${score.toFixed(2)}  ${paths[index]}`)
}
model.dispose()
