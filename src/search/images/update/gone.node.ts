/** Which pictures have been deleted. */
import { stat } from 'node:fs/promises'
import type { Listing, Scope } from '../listing/found'
import { isWithin } from '../listing/inside.node.ts'
import { isMissing } from '../listing/walk-folder.node.ts'

/**
 * The ids that belong to what was listed, but were not found there. Pictures in folders that cannot be read now are not among them.
 * @param ids of rows and problems
 * @param seen members of archives that are there, and archives that cannot be read
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

/** The inputs that lead to nothing although the index has pictures of them: perhaps a drive that is not mounted. */
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
