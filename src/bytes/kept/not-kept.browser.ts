/** Explains why a browser does not keep a model for the next visit. */
import type { Keep } from './keep'

/** Models whose users have already been told. */
const explained = new WeakSet<Keep>()

/** @param needed bytes of the file that were not kept before */
export async function explainNotKept(keep: Keep, file: string, error: Error, needed: number): Promise<void> {
  if (explained.has(keep)) return
  explained.add(keep)
  const problem = error.name === 'QuotaExceededError' ? await shortage(needed) : `${error.name}: ${error.message}`
  keep.onWarning(
    `${file}: the browser cannot keep these weights for the next visit: ${problem}. The model works, but the next visit downloads ` +
      'what is missing again. To make room, remove models that models.list() lists with models.remove(source), or other data of this ' +
      'site. navigator.storage.persist() asks the browser not to delete what it keeps. The option { cache: false } keeps nothing.',
  )
}

async function shortage(needed: number): Promise<string> {
  const { quota, usage = 0 } = (await navigator.storage.estimate?.()) ?? {}
  const needs = `they need up to ${megabytes(needed)}`
  // A browser may estimate more than it grants.
  if (quota === undefined || quota - usage >= needed) return `${needs}, and the room for this site is used up`
  return `${needs}, and ${megabytes(Math.max(0, quota - usage))} of the ${megabytes(quota)} for this site are free`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
