/** `models`: lists and removes the weights that are kept on this machine. Its code is loaded at the first call. */
import { checkText } from '../../check-arguments'
import type { ModelStore } from './stored-model'

/**
 * The models that are kept on this machine: in Node, those that were downloaded to the cache folders, which Python shares; in
 * browsers, those that were kept for this origin.
 *
 * @example
 * for (const { source, bytes } of await models.list()) console.log(source, bytes)
 * await models.remove('hf://xiaorui638/flair')
 */
export const models: ModelStore = {
  async list() {
    return (await platformStore()).list()
  },
  async remove(source) {
    checkText('source', source, 'the source of a model, as models.list() returns it')
    return (await platformStore()).remove(source)
  },
}

async function platformStore(): Promise<ModelStore> {
  return (await import('#model-store')).modelStore
}
