/** How much parts of the built package add to an application, with four bundlers. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { measureEntries, measureOnDemand, sizesIn } from '../../scripts/bundle-sizes-table'
import { bundlers, bundleSize, type Bundler } from '../../scripts/measure-bundle'

describe.each(Object.keys(bundlers) as Bundler[])('%s', (bundler) => {
  it('costs no more for a tokenizer from `dreamlip` than from `dreamlip/tokenizer`', async () => {
    const [all, part] = [
      await bundleSize(bundler, "export { Tokenizer } from 'dreamlip'"),
      await bundleSize(bundler, "export { Tokenizer } from 'dreamlip/tokenizer'"),
    ]
    expect(all.packages).toEqual([]) // not even TensorFlow.js
    expect(part.packages).toEqual([])
    // esbuild puts what several modules share into files of their own, which gzip less well.
    expect(all.bytes).toBeLessThanOrEqual(part.bytes + (bundler === 'esbuild' ? 1000 : 100))
    expect(all.bytes).toBeLessThanOrEqual(15_000)
  }, 300_000)
})

it('embeds images in at most 60 kB in addition to TensorFlow.js', async () => {
  const { bytes, packages } = await bundleSize('esbuild', "export { DreamLIP } from 'dreamlip'", 'here-')
  expect(bytes).toBeLessThanOrEqual(60_000)
  expect(packages).toEqual(['@tensorflow/tfjs-core'])
})

it('docs/bundle-sizes.md is true to within 5 % (npx tsx scripts/bundle-sizes.ts writes it)', async () => {
  const written = sizesIn(readFileSync('docs/bundle-sizes.md', 'utf8'))
  const measured = { ...(await measureEntries()), ...measureOnDemand() }
  expect(Object.keys(written)).toEqual(Object.keys(measured))
  for (const [name, size] of Object.entries(measured)) {
    expect(Math.abs(written[name]! - size), `${name}: ${size.toFixed(1)} kB`).toBeLessThanOrEqual(0.05 * size + 0.1)
  }
})
