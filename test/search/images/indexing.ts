/** A process to be killed while it indexes a folder in many small commits: `indexing.ts PHOTOS INDEX`. Prints a dot per commit. */
import { ImageIndex } from '../../../src/search/images/image-index.node.ts'
import { createTinyModel } from './pictures'

const [photos, folder] = process.argv.slice(2) as [string, string]
const model = await createTinyModel()
const index = await ImageIndex.open(folder, { model, threads: 1 })
process.stdout.write('.')
await index.add(photos, {
  commitEvery: 0,
  onProgress({ stage }) {
    if (stage === 'images') process.stdout.write('.')
  },
})
await index.close()
model.dispose()
