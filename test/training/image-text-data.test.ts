import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCaptionFolder } from '../../src/training/caption-folder'
import type { DataPosition, TrainingBatch, TrainingData } from '../../src/training/data'
import { imageTextData } from '../../src/training/image-text-data'
import { photos } from './tiny'

const options = { batchSize: 3, captions: 2, imageSize: 16, seed: 5 }

async function epochOf(data: TrainingData, from: DataPosition): Promise<TrainingBatch[]> {
  const batches: TrainingBatch[] = []
  for await (const batch of data.batches(from)) batches.push(batch)
  return batches
}

describe('imageTextData', () => {
  it('gives full batches, and leaves out what does not fill one', async () => {
    const batches = await epochOf(imageTextData(photos(8), options), { epoch: 0, sample: 0 })
    expect(batches.map(({ images }) => images.shape)).toEqual([
      [3, 3, 16, 16],
      [3, 3, 16, 16],
    ])
    expect(batches.map(({ next }) => next.sample)).toEqual([3, 6])
  })

  it('goes on from any batch as if it had never stopped', async () => {
    const data = () => imageTextData(photos(10), options)
    await fc.assert(
      fc.asyncProperty(fc.nat(5), fc.nat(2), async (epoch, taken) => {
        const whole = await epochOf(data(), { epoch, sample: 0 })
        const from = taken === 0 ? { epoch, sample: 0 } : whole[taken - 1]!.next
        expect(await epochOf(data(), from)).toEqual(whole.slice(taken))
      }),
      { numRuns: 10 },
    )
  })

  it('orders each epoch anew, and by the seed alone', async () => {
    const captions = async (seed: number, epoch: number) =>
      (await epochOf(imageTextData(photos(9), { ...options, seed }), { epoch, sample: 0 })).flatMap((b) => b.captions)
    const first = await captions(1, 0)
    expect(await captions(1, 0)).toEqual(first)
    expect(await captions(1, 1)).not.toEqual(first)
    expect(await captions(2, 0)).not.toEqual(first)
  })

  it('puts the first caption first, then draws others, each once where there are enough', async () => {
    const records = photos(3).map((photo) => ({ ...photo, captions: ['raw one', 'It rains. It snows. It is cold.'] }))
    const [batch] = await epochOf(imageTextData(records, { ...options, captions: 4 }), { epoch: 0, sample: 0 })
    for (const drawn of batch!.captions) {
      expect(drawn[0]).toBe('raw one')
      expect([...drawn.slice(1)].sort()).toEqual(['It is cold', 'It rains', 'It snows'])
    }
  })

  it('repeats captions where there are too few', async () => {
    const records = photos(3).map((photo) => ({ ...photo, captions: ['only this'] }))
    const [batch] = await epochOf(imageTextData(records, { ...options, captions: 3 }), { epoch: 0, sample: 0 })
    expect(batch!.captions[0]).toEqual(['only this', 'only this', 'only this'])
  })

  it('has a fingerprint that changes with captions, names, number and seed', () => {
    const of = (records = photos(4), seed = 0) => imageTextData(records, { ...options, seed }).fingerprint
    const [first, ...rest] = photos(4) as [ReturnType<typeof photos>[0], ...ReturnType<typeof photos>]
    const others = [
      of(photos(5)),
      of(photos(4), 1),
      of([{ ...first, name: 'other' }, ...rest]),
      of([{ ...first, captions: ['other'] }, ...rest]),
    ]
    expect(of()).toBe(of())
    expect(new Set([of(), ...others]).size).toBe(5)
  })

  it('refuses fewer images than a batch', () => {
    expect(() => imageTextData(photos(2), options)).toThrow(/expected at least 3 images/)
  })
})

describe('readCaptionFolder', () => {
  it('pairs images with the text files beside them, in folders too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
    mkdirSync(join(folder, 'deep'))
    for (const name of ['a.jpg', 'b.PNG', 'deep/c.webp', 'alone.jpg']) writeFileSync(join(folder, name), '')
    writeFileSync(join(folder, 'a.txt'), 'A cat.\r\nIt sleeps.')
    writeFileSync(join(folder, 'b.txt'), 'A dog.')
    writeFileSync(join(folder, 'deep', 'c.txt'), 'A bird.')
    expect(await readCaptionFolder(folder)).toEqual([
      { image: join(folder, 'a.jpg'), captions: ['A cat.', 'It sleeps.'], name: 'a.jpg' },
      { image: join(folder, 'b.PNG'), captions: ['A dog.'], name: 'b.PNG' },
      { image: join(folder, 'deep', 'c.webp'), captions: ['A bird.'], name: join('deep', 'c.webp') },
    ])
    rmSync(folder, { recursive: true })
    await expect(readCaptionFolder(folder)).rejects.toMatchObject({ code: 'DATA_EMPTY' })
  })
})
