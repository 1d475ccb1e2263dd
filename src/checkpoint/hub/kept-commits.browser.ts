/** The commits of a Hub model whose files a browser keeps. */
import type { Place } from '../../bytes/kept/place'

const commitIn = /\/resolve\/([0-9a-f]{40})\//

/** A commit whose files are kept, for a page that cannot request the current one. */
export async function keptCommit(model: string): Promise<string | undefined> {
  const { files } = await filesOf(model)
  return files.map(({ commit }) => commit).find((commit) => commit !== undefined)
}

/** Removes the files of other commits. Failures are ignored. */
export async function dropOtherCommits(model: string, today: string): Promise<void> {
  const { place, files } = await filesOf(model)
  const old = files.filter(({ commit }) => commit !== undefined && commit !== today)
  await Promise.allSettled(old.map(({ path }) => place!.remove(path)))
}

async function filesOf(model: string) {
  // Reading files needs the same code, so this adds no download.
  const { openPlace } = await import('../../bytes/kept/kept-file.browser')
  const place: Place | undefined = await openPlace()
  const folder = encodeURIComponent(model)
  const names = place ? await place.names([folder]) : []
  const files = names.map((name) => ({ path: [folder, name], commit: commitIn.exec(decodeURIComponent(name))?.[1] }))
  return { place, files }
}
