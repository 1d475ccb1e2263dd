import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosineBlocks as blocksOfBrowsers } from '../../../src/evaluation/retrieval/cosine-blocks.browser'
import { cosineBlocks } from '../../../src/evaluation/retrieval/cosine-blocks.node.ts'
import { rankMatrix, rankPairs, type ScoreBlocks } from '../../../src/evaluation/retrieval/ranks'
import { rankByCosine } from '../../../src/evaluation/retrieval/rank-by-cosine'
import { recallsOf } from '../../../src/evaluation/retrieval/retrieval'
import { rankOf } from '../../../src/evaluation/retrieval/recall'
import type { EmbeddingsLike } from '../../../src/inference/embeddings/embeddings'
import { createRandom } from '../../../src/random'
import { pythonHas, runPythonFile } from '../../parity/python'

/** A matrix with few distinct values, so that many scores tie, and texts in random order, some without an image. */
const problems = fc
  .record({ images: fc.integer({ min: 1, max: 12 }), texts: fc.integer({ min: 1, max: 20 }), seed: fc.integer() })
  .map(({ images, texts, seed }) => {
    const { uniform } = createRandom(seed)
    const values = [-0.5, 0, 0.25, 0.25, 1, NaN]
    const data = Float32Array.from({ length: images * texts }, () => values[Math.floor(uniform() * values.length)]!)
    const owner = Int32Array.from({ length: texts }, () => Math.floor(uniform() * (images + 1)) - 1)
    return { images, texts, data, owner }
  })

describe('ranks', () => {
  it('are those of a count over all pairs, whatever the size of the blocks', async () => {
    const sizes = fc.record({ images: fc.integer({ min: 1, max: 5 }), texts: fc.integer({ min: 1, max: 7 }) })
    await fc.assert(
      fc.asyncProperty(problems, sizes, async ({ images, texts, data, owner }, block) => {
        const source: ScoreBlocks = {
          images,
          texts,
          block,
          scores: ({ start, end }, chosen) =>
            Float32Array.from({ length: (end - start) * chosen.length }, (_, i) => {
              const [row, column] = [Math.floor(i / chosen.length), i % chosen.length]
              return data[(start + row) * texts + chosen[column]!]!
            }),
        }
        const ofImages = Float64Array.from({ length: images }, (_, image) => {
          if (!owner.includes(image)) return Infinity
          return rankOf(
            texts,
            (text) => data[image * texts + text]!,
            (text) => owner[text] === image,
          )
        })
        const ofTexts = Float64Array.from(owner, (right, text) => {
          if (right < 0) return Infinity
          return rankOf(
            images,
            (image) => data[image * texts + text]!,
            (image) => image === right,
          )
        })
        // NaN is never the best: an image with one text that is NaN keeps its other texts.
        const hasNaN = data.some(Number.isNaN)
        if (!hasNaN) expect(rankMatrix(data, images, owner)).toEqual({ ofImages, ofTexts })
        expect(await rankPairs(source, owner)).toEqual(rankMatrix(data, images, owner))
      }),
    )
  })

  it('stop at the signal, and report the images that are done', async () => {
    const source: ScoreBlocks = {
      images: 4,
      texts: 4,
      block: { images: 2, texts: 4 },
      scores: ({ start, end }, chosen) => new Float32Array((end - start) * chosen.length),
    }
    const done: number[] = []
    await rankPairs(source, Int32Array.of(0, 1, 2, 3), { onBlock: (images) => done.push(images) })
    expect(done).toEqual([2, 4])
    await expect(rankPairs(source, Int32Array.of(0), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('ranks by cosine', () => {
  it('are the same from the product in blocks and from loops, and equal rows tie', async () => {
    // More images and texts than fit in a block, in a different order from the images. Image 5 occurs twice.
    const [images, owner] = [embeddings(50, 8, 1), Int32Array.from({ length: 200 }, (_, i) => (i * 7) % 50)]
    images.data.copyWithin(9 * 8, 5 * 8, 6 * 8)
    const texts = textsOf(images, owner, 2)
    const blocks = cosineBlocks(images, texts, { device: 'cpu' }, { images: 16, texts: 64 })
    const inBlocks = await rankPairs(blocks, owner)
    blocks.dispose()
    const all = await rankByCosine(images, texts, owner, { device: 'cpu' })
    expect(recallsOf(inBlocks, [1, 5, 50])).toEqual(recallsOf(all, [1, 5, 50]))
    owner.forEach((image, text) => {
      if (image === 5 || image === 9) expect(inBlocks.ofTexts[text]).toBeGreaterThan(0)
    })
  })

  it('are the same in browsers, where blocks are computed by loops', async () => {
    // More images than fit in a block.
    const [images, owner] = [embeddings(1100, 4, 1), Int32Array.from({ length: 1500 }, (_, i) => (i * 7) % 1100)]
    const texts = textsOf(images, owner, 2)
    const inBlocks = await rankPairs(blocksOfBrowsers(images, texts), owner)
    const all = await rankByCosine(images, texts, owner, { device: 'cpu' })
    expect(recallsOf(inBlocks, [1, 5, 50])).toEqual(recallsOf(all, [1, 5, 50]))
  })

  it.runIf(pythonHas('torch'))("give the recalls of CLIP_benchmark's and open_clip's rules to 1e-6", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'retrieval-'))
    try {
      for (const [count, perImage] of [
        [60, 5],
        [150, 1],
      ] as const) {
        const images = embeddings(count, 16, count)
        const owner = Int32Array.from({ length: count * perImage }, (_, text) => Math.floor(text / perImage))
        const texts = textsOf(images, owner, 7)
        const at = [1, 3, 5, 10]
        const file = join(folder, 'data.json')
        writeFileSync(file, JSON.stringify({ images: rowsOf(images), texts: rowsOf(texts), owner: [...owner], at }))
        const expected = JSON.parse(runPythonFile('test/parity/retrieval.py', [file])) as Record<string, Recalls> & {
          openClip?: Record<string, Recalls>
        }
        const found = recallsOf(await rankByCosine(images, texts, owner, { device: 'cpu' }), at)
        for (const side of ['imageToText', 'textToImage'] as const) {
          expect(found[side][1]).toBeGreaterThan(0)
          expect(found[side][1]).toBeLessThan(1)
          for (const k of at) {
            expect(Math.abs(found[side][k]! - expected[side]![k]!)).toBeLessThan(1e-6)
            if (perImage === 1) expect(Math.abs(found[side][k]! - expected.openClip![side]![k]!)).toBeLessThan(1e-6)
          }
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

type Recalls = Record<string, number>

function embeddings(count: number, width: number, seed: number): EmbeddingsLike {
  const { normal } = createRandom(seed)
  return { data: Float32Array.from({ length: count * width }, normal), shape: [count, width] }
}

/** Texts like their images, with noise, so that some are found and some are not. */
function textsOf(images: EmbeddingsLike, owner: Int32Array, seed: number): EmbeddingsLike {
  const [, width] = images.shape
  const { normal } = createRandom(seed)
  const data = Float32Array.from(
    { length: owner.length * width },
    (_, i) => images.data[owner[Math.floor(i / width)]! * width + (i % width)]! + 1.8 * normal(),
  )
  return { data, shape: [owner.length, width] }
}

function rowsOf({ data, shape: [count, width] }: EmbeddingsLike): number[][] {
  return Array.from({ length: count }, (_, i) => [...data.subarray(i * width, (i + 1) * width)])
}
