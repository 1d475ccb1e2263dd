/** Finds the pictures that have been deleted. */
import { stat } from 'node:fs/promises'
import type { Listing, Scope } from '../listing/found'
import { isWithin } from '../listing/inside.node.ts'
import { isMissing } from '../listing/walk-folder.node.ts'

/**
 * The ids within the listed inputs that were not found there, except those in folders that cannot be read now.
 * @param ids of rows and problems
 * @param seen existing archive members, and archives that cannot be read
 */
export async function goneFrom(
  ids: Iterable<string>,
  { scopes, files, urls, unread }: Listing,
  seen: ReadonlySet<string>,
): Promise<string[]> {
  const found = new Set([...files.map(({ path }) => path), ...urls])
  const isKept = (id: string) => found.has(id) || seen.has(id) || unread.some(({ path }) => isWithin(path, id))
  const gone: string[] = []
  for (const id of ids) {
    const covering = scopes.filter(({ path }) => isWithin(path, id))
    if (covering.length === 0 || isKept(id)) continue
    if (covering.some(({ isPattern }) => !isPattern) || (await isNowhere(id))) gone.push(id)
  }
  return gone
}

/** The missing inputs from which the index has pictures, perhaps because a drive is not mounted. */
export function vanished(ids: Iterable<string>, scopes: readonly Scope[]): Scope[] {
  const missing = scopes.filter(({ isMissing }) => isMissing)
  const known = new Set<Scope>()
  if (missing.length > 0) {
    for (const id of ids) for (const scope of missing) if (isWithin(scope.path, id)) known.add(scope)
  }
  return missing.filter((scope) => known.has(scope))
}

async function isNowhere(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: unknown) => isMissing(error),
  )
}
