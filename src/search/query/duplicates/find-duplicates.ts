/** Finds duplicate pictures: identical files, and pictures that look almost the same. */
import { checkCall, checkNumber, checkWhole } from '../../../check-arguments'
import { checkKeys, type KeysOf } from '../../../known-keys'
import type { Progress } from '../../../progress'
import type { VectorReader } from '../../vector-store'
import { checkCollection, type ImageCollection } from '../image-collection'
import { nearGroups } from './near-groups'

export interface DuplicateOptions {
  /** The smallest cosine of nearly identical pictures; default 0.97. 1 finds only identical files. */
  readonly threshold?: number
  /** The minimum size of a group; default 2. */
  readonly least?: number
  /** Counts compared pictures. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Identical or nearly identical pictures. */
export interface DuplicateGroup {
  /** `exact`: identical files, by their hashes. `near`: pictures that look alike, and files identical to them. */
  readonly kind: 'exact' | 'near'
  /** In the order in which they were added to the collection. `score` is the cosine with the first. */
  readonly images: readonly { readonly path: string; readonly score: number }[]
}

const optionKeys: KeysOf<DuplicateOptions> = { threshold: 0, least: 0, onProgress: 0, signal: 0 }

/**
 * Finds groups of identical files, and of pictures that look almost the same: scaled, recompressed, slightly cropped. Each picture
 * of a group has at least the cosine `threshold` with the first. A picture is in at most one group. Identical files are always
 * found, and nearly all near pairs: pictures are compared within neighbourhoods, not all with all (docs/search.md says how many
 * are missed).
 * @returns the groups, the largest first
 * @throws DreamLIPError `INVALID_ARGUMENT`; errors of the store; the signal's reason
 */
export async function findDuplicates(
  collection: Pick<ImageCollection, 'store'>,
  options: DuplicateOptions = {},
): Promise<DuplicateGroup[]> {
  const { threshold = 0.97, least = 2, onProgress, signal } = checkKeys('options', checkCall(options), optionKeys)
  const { store } = checkCollection(collection)
  checkNumber('threshold', threshold, { least: 0.5, most: 1 })
  checkWhole('least', least, 2)
  const copies = await groupByHash(store, signal)
  const firsts = copies.map(([first]) => first!)
  const near = threshold === 1 ? [] : await nearGroups(store, firsts, { threshold, onProgress, signal })
  const joined = new Set(near.flatMap((group) => group.map(({ row }) => row)))
  const groups: DuplicateGroup[] = near.map((group) => ({
    kind: 'near',
    images: group.flatMap(({ row, score }) => copies[row]!.map((path) => ({ path, score }))),
  }))
  copies.forEach((paths, row) => {
    if (!joined.has(row) && paths.length > 1) {
      groups.push({ kind: 'exact', images: paths.map((path) => ({ path, score: 1 })) })
    }
  })
  return groups.filter(({ images }) => images.length >= least).sort((a, b) => b.images.length - a.images.length)
}

/** The ids of identical files, each list in store order. A row without a hash is alone. */
async function groupByHash(store: VectorReader, signal?: AbortSignal): Promise<string[][]> {
  const byHash = new Map<string, string[]>()
  const groups: string[][] = []
  for await (const { ids, fields } of store.rows({ signal })) {
    ids.forEach((id, i) => {
      const hash = fields.hash?.[i]
      const known = typeof hash === 'string' && hash !== '' ? byHash.get(hash) : undefined
      if (known) return known.push(id)
      const group = [id]
      groups.push(group)
      if (typeof hash === 'string' && hash !== '') byHash.set(hash, group)
      return groups.length
    })
  }
  return groups
}
