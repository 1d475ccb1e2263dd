/** A program that adds embedded shards to a table one at a time, and kills itself after the first. */
import { folderDestination } from '../../../src/bulk/destination/folder-destination.node.ts'
import { addShards } from '../../../src/search/lance/add-shards.node.ts'
import { newSchema } from '../../../src/search/lance/lance-schema'
import { loadLance } from '../../../src/search/lance/load-lance.node.ts'
import { readEmbedded } from '../../../src/bulk/output/read-embedded.node.ts'
import { useLance } from './installed'

const [, , embeddings, uri] = process.argv
useLance()
const source = folderDestination(embeddings!)
for await (const { images, keys, report } of readEmbedded(source)) {
  const connection = await loadLance().connect(uri!, { readConsistencyInterval: 0 })
  const schema = newSchema(images.length / keys.length, report.model)
  const table = await connection.createEmptyTable('images', schema, { existOk: true })
  await addShards({ name: uri!, table }, source, { onProgress: () => process.kill(process.pid, 'SIGKILL') }, 1)
}
