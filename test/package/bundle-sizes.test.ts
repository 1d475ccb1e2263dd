/** The sizes that parts of the built package add to an application, with four bundlers. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  allBundlers,
  measureEntries,
  measureNames,
  measureOnDemand,
  measurePages,
  sizesIn,
  type Sizes,
} from '../../scripts/bundle-sizes-table'
import { bundleSize } from '../../scripts/measure-bundle'
import { packagesByName } from '../../scripts/packages-by-name'
import { describeInChromium } from '../browser/chromium'

const written = sizesIn(readFileSync('docs/bundle-sizes.md', 'utf8'))

/** Compares with docs/bundle-sizes.md, which `npx tsx scripts/bundle-sizes.ts` writes. */
function expectWritten(measured: Sizes): void {
  for (const [name, row] of Object.entries(measured)) {
    expect(written[name], name).toHaveLength(row.length)
    row.forEach((size, i) => {
      const difference = Math.abs(written[name]![i]! - size)
      expect(difference, `${name}: ${size.toFixed(1)}`).toBeLessThanOrEqual(0.05 * size + 0.1)
    })
  }
}

describe.each(allBundlers)('%s', (bundler) => {
  it('costs no more for a tokenizer from `dreamlip` than from `dreamlip/tokenizer`', async () => {
    const [all, part] = [
      await bundleSize(bundler, "export { Tokenizer } from 'dreamlip'"),
      await bundleSize(bundler, "export { Tokenizer } from 'dreamlip/tokenizer'"),
    ]
    expect(all.packages).toEqual([]) // not even TensorFlow.js
    expect(part.packages).toEqual([])
    // esbuild puts shared code into separate files, which gzip less well.
    expect(all.bytes).toBeLessThanOrEqual(part.bytes + (bundler === 'esbuild' ? 1500 : 100))
    expect(all.bytes).toBeLessThanOrEqual(15_000)
    // Nothing but the vocabulary and the character tables. esbuild also writes unreachable code: docs/bundle-sizes.md.
    expect(part.emitted).toBeLessThanOrEqual(300_000)
    if (bundler !== 'esbuild') expect(all.emitted).toBeLessThanOrEqual(300_000)
  }, 300_000)
})

it('imports TensorFlow.js only for names that compute with it', async () => {
  const withTensorFlow = Object.entries(await packagesByName()).filter(([, packages]) => packages.length > 0)
  const models = [
    'encodeImage',
    'encodePatches',
    'encodeText',
    'projectPatches',
    'textTransformer',
    'visionTransformer',
  ]
  const losses = /Loss$/
  const others = withTensorFlow.map(([name]) => name).filter((name) => !models.includes(name) && !losses.test(name))
  expect(others.sort()).toEqual(['Trainer', 'compile'])
  expect(new Set(withTensorFlow.flatMap(([, packages]) => packages))).toEqual(new Set(['@tensorflow/tfjs-core']))
})

describeInChromium('in Chromium', () => {
  it('downloads at most 60 kB of dreamlip to embed an image, with any bundler', async () => {
    const pages = await measurePages()
    for (const size of pages['kB, gzipped']!) expect(size).toBeLessThanOrEqual(60)
    expectWritten(pages)
  }, 300_000)
})

it(
  'docs/bundle-sizes.md is true to within 5 % for single names',
  async () => expectWritten(await measureNames()),
  600_000,
)

it('docs/bundle-sizes.md is true to within 5 % for whole entries and for parts that load on demand', async () => {
  expectWritten({ ...(await measureEntries()), ...measureOnDemand() })
}, 300_000)
