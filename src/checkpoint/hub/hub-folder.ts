/** A repository of the Hub as a folder: the part that Node and browsers share. */
import type { RequestHeaders } from '../../bytes/http/headers'
import type { Keep } from '../../bytes/kept/keep'
import type { Folder } from '../folder/folder'
import type { ChosenFile } from '../folder/choose-weights'
import type { DreamLIPError } from '../../errors'
import { didYouMean } from '../../known-keys'
import type { Progress } from '../../progress'
import { listNames } from '../names/list-names'
import type { HubName } from './hub-name'
import type { HubOptions } from './hub-options'
import { missingFile } from './refusal'

export interface OpenHubOptions {
  readonly hub?: HubOptions
  readonly headers?: RequestHeaders
  /** Asks a browser to keep the data that is read. */
  readonly keep?: Keep
  readonly signal?: AbortSignal
  /** Called as files are downloaded to the cache. */
  readonly onProgress?: (progress: Progress) => void
}

/** A name on the Hub, opened. */
export interface OpenedHub {
  /** The folder that contains the weights. */
  readonly folder: Folder
  /** The file in the name; undefined if the name contains none. */
  readonly chosen?: ChosenFile
}

/** Opens the file in a name, and its folder; for a name without a file, the whole repository. @throws the error of `missing` */
export async function openNamed(
  root: Folder,
  { file }: HubName,
  missing: () => Promise<DreamLIPError>,
  signal?: AbortSignal,
): Promise<OpenedHub> {
  if (file === undefined) return { folder: root }
  const source = await root.open(file, signal)
  if (!source) throw await missing()
  const slash = file.lastIndexOf('/') + 1
  return { folder: subfolder(root, file.slice(0, slash)), chosen: { file: file.slice(slash), source } }
}

/** The error for a file that a repository does not have; it names similar files. @throws if the repository cannot be read at all */
export async function notInRepository(root: Folder, name: HubName): Promise<DreamLIPError> {
  const files = (await root.list()) ?? []
  const meant = didYouMean(name.file!, files)
  return missingFile(name, meant || (files.length > 0 ? ` It has ${listNames(files)}.` : ' Check its spelling.'))
}

/** @param path ends in a slash, or is empty */
function subfolder(root: Folder, path: string): Folder {
  if (path === '') return root
  return {
    name: `${root.name}/${path}`,
    open: (file, signal, patience) => root.open(path + file, signal, patience),
    async list() {
      const files = await root.list()
      return files?.filter((file) => file.startsWith(path)).map((file) => file.slice(path.length))
    },
  }
}
