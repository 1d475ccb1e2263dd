/** A process that indexes a folder, with many small commits, to be killed: `indexing.ts PHOTOS INDEX`. It prints a dot after each commit. */
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
