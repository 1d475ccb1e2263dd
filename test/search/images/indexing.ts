/** A process that indexes a folder, with many small commits, to be killed: `indexing.ts PHOTOS INDEX`. */
import { ImageIndex } from '../../../src/search/images/image-index.node.ts'
import { createTinyModel } from './pictures'

const [photos, folder] = process.argv.slice(2) as [string, string]
const model = await createTinyModel()
const index = await ImageIndex.open(folder, { model, threads: 1 })
await index.add(photos, { commitEvery: 0, onProgress: ({ stage }) => stage === 'images' && process.stdout.write('.') })
await index.close()
model.dispose()
