/** Finds the files with samples in a folder, as img2dataset, Hugging Face and WebDataset lay them out. */
import { join } from 'node:path'
import { streamBytes } from '../../../bytes/read/stream-bytes.node.ts'
import { DreamLIPError } from '../../../errors'
import { filesBelow } from './files-below.node.ts'
import { splitNames, type Splits } from '../records/splits'

export interface ExpandedFolder {
  /** The files, or the folder itself if each image has its captions next to it. */
  readonly files: readonly string[]
  /** Whether captions come from `metadata` files (Hugging Face's `imagefolder`). */
  readonly isImageFolder: boolean
  /** Whether the files are those of the requested splits. */
  readonly isSplit: boolean
  readonly guesses: readonly string[]
}

const shardEnding = /\.(tar|tar\.gz|tgz|parquet)$/i
const metadataName = /(^|\/)metadata\.(jsonl|csv|parquet)$/i
const splitName = /(?:^|\/)(train|training|validation|valid|val|test|dev)(?=[-_./]|$)/i

/** @throws DreamLIPError `DATA_EMPTY` if no file belongs to the requested splits */
export async function expandFolder(folder: string, split: Splits | undefined): Promise<ExpandedFolder> {
  const paths = (await filesBelow(folder)).sort()
  const metadata = await metadataOf(folder, paths)
  const found = metadata.length > 0 ? metadata : shardsOf(paths)
  if (found.length === 0) return { files: [folder], isImageFolder: false, isSplit: false, guesses: [] }
  const chosen = chooseSplit(folder, found, split)
  return { ...chosen, files: chosen.files.map((path) => join(folder, path)), isImageFolder: metadata.length > 0 }
}

/** Files that name images of their folder. Other files of that name lack the column `file_name`. */
async function metadataOf(folder: string, paths: readonly string[]): Promise<string[]> {
  const candidates = paths.filter((path) => metadataName.test(path))
  const named = await Promise.all(
    candidates.map(async (path) => path.endsWith('.parquet') || namesFiles(join(folder, path))),
  )
  return candidates.filter((_, i) => named[i])
}

async function namesFiles(path: string): Promise<boolean> {
  for await (const chunk of streamBytes(path)) return Buffer.from(chunk).includes('file_name')
  return false
}

/** The shards of the folder, or those of its subfolders if it has none. */
function shardsOf(paths: readonly string[]): string[] {
  const tars = new Set(paths.filter((path) => /\.(tar|tar\.gz|tgz)$/i.test(path)).map(stemOf))
  const folders = new Set(paths.flatMap(foldersOf))
  // img2dataset writes facts about each shard next to it. The pictures are in 00000.tar, or in the folder 00000.
  const isTwin = (path: string) => /\.parquet$/i.test(path) && (tars.has(stemOf(path)) || folders.has(stemOf(path)))
  const shards = paths.filter((path) => shardEnding.test(path) && !isTwin(path))
  const here = shards.filter((path) => !path.includes('/'))
  return here.length > 0 ? here : shards
}

function stemOf(path: string): string {
  return path.replace(shardEnding, '')
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}

function chooseSplit(folder: string, paths: readonly string[], split: Splits | undefined) {
  if (split === undefined) {
    const names = new Set(paths.map((path) => splitName.exec(path)?.[1]?.toLowerCase()).filter(Boolean))
    const guesses =
      names.size < 2 ? [] : [`${folder}: all splits are read: ${[...names].join(', ')}. The option split selects one`]
    return { files: paths, isSplit: false, guesses }
  }
  const wanted = splitNames(split)
  const files = paths.filter((path) =>
    path
      .split('/')
      .some((part) =>
        wanted.some((name) => part === name || (/^[-_.]/.test(part.slice(name.length)) && part.startsWith(name))),
      ),
  )
  if (files.length > 0) return { files, isSplit: true, guesses: [] }
  // Tables may have a column with the split.
  if (paths.every((path) => metadataName.test(path))) return { files: paths, isSplit: false, guesses: [] }
  throw new DreamLIPError(
    'DATA_EMPTY',
    `${folder}: expected files of the split ${wanted.join(', ')}; found ${paths.slice(0, 5).join(', ')}. Leave out the option split, or choose another split.`,
  )
}
