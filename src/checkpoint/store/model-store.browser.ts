/** The models that a browser keeps for this origin, as `bytes/kept` writes them: a folder per model, file, version and part. */
import { openCacheStorage } from '../../bytes/kept/cache-storage.browser'
import { openFileSystem } from '../../bytes/kept/file-system.browser'
import type { Place } from '../../bytes/kept/place'
import { DreamLIPError } from '../../errors'
import { isHubName } from '../hub/is-hub-name'
import { keptName } from './kept-name'
import type { ModelStore, StoredModel } from './stored-model'

/** One version of a file. */
interface KeptFile {
  readonly name: string
  readonly version: string
  readonly bytes: number
}

export const modelStore: ModelStore = {
  async list() {
    const models = await Promise.all((await openPlaces()).map(listPlace))
    return models.flat().sort((a, b) => b.bytes - a.bytes)
  },
  async remove(source) {
    const name = keptName(source) ?? source
    let bytes = 0
    for (const place of await openPlaces()) {
      for (const folder of await place.names([])) if (isOf(name, folder)) bytes += await removeModel(place, folder)
    }
    return bytes
  },
}

/** Whether a folder is that of a model, or of a branch or tag of it. */
function isOf(name: string, folder: string): boolean {
  const model = decodeURIComponent(folder)
  return model === name || (isHubName(name) && model.startsWith(`${name}@`))
}

async function removeModel(place: Place, folder: string): Promise<number> {
  const bytes = sumOf(await filesOf(place, folder))
  await place.remove([folder]).catch((error: unknown) => {
    throw notRemoved(decodeURIComponent(folder), error as Error)
  })
  return bytes
}

/** Both places, as an earlier version of the browser may have had only one of them. */
async function openPlaces(): Promise<Place[]> {
  const opened = await Promise.allSettled([openFileSystem(), openCacheStorage()])
  return opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

async function listPlace(place: Place): Promise<StoredModel[]> {
  const models: StoredModel[] = []
  for (const folder of await place.names([])) {
    const files = (await filesOf(place, folder)).sort((a, b) => b.bytes - a.bytes)
    const [largest] = files
    // Only responses for missing files are kept.
    if (!largest) continue
    const shown = files.map(({ name, bytes }) => ({ name, bytes }))
    models.push({ source: decodeURIComponent(folder), revision: largest.version, bytes: sumOf(files), files: shown })
  }
  return models
}

async function filesOf(place: Place, model: string): Promise<KeptFile[]> {
  const files: KeptFile[] = []
  for (const file of await place.names([model])) {
    for (const version of await place.names([model, file])) {
      const [, revision] = /^\d+ bytes, (.*)$/.exec(decodeURIComponent(version)) ?? []
      if (revision === undefined) continue
      const bytes = (await place.names([model, file, version])).reduce((sum, part) => sum + lengthOf(part), 0)
      files.push({ name: decodeURIComponent(file).split('/').at(-1)!, version: revision, bytes })
    }
  }
  return files
}

/** The length of a part, from its name. */
function lengthOf(part: string): number {
  const [, start, end] = /^(\d+)-(\d+)$/.exec(part) ?? []
  return end === undefined ? 0 : Number(end) - Number(start)
}

function sumOf(files: readonly KeptFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function notRemoved(source: string, cause: Error): DreamLIPError {
  return new DreamLIPError(
    'WRITE_FAILED',
    `${source}: the browser cannot remove it: ${cause.message} If another tab is loading it, try again when that is done.`,
    { cause },
  )
}
