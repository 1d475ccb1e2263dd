/** Node's stored models: the folder of `downloadCheckpoint`, and the Hub's cache. */
import { isHubName } from '../hub/is-hub-name'
import { listDownloads, removeDownload } from './downloads.node.ts'
import { listHubModels, removeHubModel } from './hub-models.node.ts'
import type { ModelStore } from './stored-model'

export const modelStore: ModelStore = {
  async list() {
    const stored = await Promise.all([listDownloads(), listHubModels()])
    return stored.flat().sort((a, b) => b.bytes - a.bytes)
  },
  remove: (source) => (isHubName(source) ? removeHubModel(source) : removeDownload(source)),
}
