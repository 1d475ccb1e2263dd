/** Node's stored models: the folder of `downloadCheckpoint`, and the Hub's cache. */
import { listDownloads, removeDownload } from './downloads.node.ts'
import type { ModelStore } from './stored-model'

export const modelStore: ModelStore = {
  async list() {
    return (await listDownloads()).sort((a, b) => b.bytes - a.bytes)
  },
  remove: (source) => removeDownload(source),
}
