/** A page in real Chromium that fetches and searches an index. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { VectorIndex } from '../../src/index.node.ts'
import { ids, oneVector, vectors, width } from '../search/store-behaviour'
import { describeInChromium } from './chromium'
import { madeFiles, usePage } from './in-page'

describeInChromium('an index of vectors in the browser', () => {
  const here = usePage()

  it('is fetched from a server of files, and gives the hits that Node finds', async () => {
    const folder = join(madeFiles, 'vectors')
    rmSync(folder, { recursive: true, force: true })
    await using index = await VectorIndex.open(folder, { width })
    await index.add(ids(3000), vectors(3000), { fields: { size: Float64Array.from({ length: 3000 }, (_, i) => i) } })
    await index.remove(ids(10))
    const query = oneVector()
    for (const where of [undefined, { startsWith: 'photos/2', between: { size: [100, 2500] as const } }]) {
      const { ids: found, scores } = await index.search(query, 20, { where })
      const inPage = await here.page.evaluate(
        ([query, where]) => window.page.searchIndex('/made/vectors', query, 20, where),
        [[...query], where] as const,
      )
      expect(inPage).toEqual({ size: 2990, ids: found, scores: [...scores] })
    }
  })
})
