import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIcons } from '../icons/icons'
import { sampleOf } from '../data-set/samples'
import { writeSplit } from '../data-set/write-split'
import { decodeImage, LongCaptionDataset } from 'dreamlip'

const icons = createIcons()
const options = { split: 'held-out-emoji', samples: 50, size: 16, seed: 3, samplesPerShard: 40 } as const
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emoji-scenes-'))
  await writeSplit(folder, options, icons)
})
afterAll(() => rm(folder, { recursive: true }))

const bytesOf = (name: string) => readFile(join(folder, name))

describe('a written split', () => {
  it('is read as long-caption data without guesses', async () => {
    const dataset = await LongCaptionDataset.open(join(folder, 'shard-*.tar'))
    expect(dataset.size).toBe(50)
    expect(dataset.guesses).toEqual([])
    let number = 0
    for await (const reading of dataset.readings()) {
      if (!('record' in reading)) throw new Error(reading.problem.message)
      const { record } = reading
      const { captions } = sampleOf({ seed: 3, split: 'held-out-emoji', number })
      expect(record.raw).toBe(captions.raw)
      expect(record.captions).toEqual({ shortSV: captions.short, longSV: captions.long.map(({ text }) => text) })
      if (number++ % 10 > 0) continue
      const { width, height } = await decodeImage(record.image)
      expect([width, height]).toEqual([16, 16])
    }
    expect(number).toBe(50)
  })

  it('describes itself', async () => {
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))
    expect(index).toMatchObject({
      split: 'held-out-emoji',
      samples: 50,
      size: 16,
      seed: 3,
      shards: ['shard-00000.tar', 'shard-00001.tar'],
    })
    expect(index.kinds.some(({ heldOut }: { heldOut: boolean }) => heldOut)).toBe(true)
  })

  it('resumes where it was stopped, and ends byte for byte the same', async () => {
    const before = [await bytesOf('shard-00000.tar'), await bytesOf('shard-00001.tar')]
    await rm(join(folder, 'shard-00001.tar'))
    await writeFile(join(folder, 'shard-00001.tar.part'), 'half a shard')
    const done: number[] = []
    await writeSplit(folder, options, icons, (count) => done.push(count))
    expect(done).toEqual([40, 50])
    expect([await bytesOf('shard-00000.tar'), await bytesOf('shard-00001.tar')]).toEqual(before)
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('is made again for other options', async () => {
    const before = await bytesOf('shard-00000.tar')
    await writeSplit(folder, { ...options, samples: 5, seed: 4 }, icons)
    expect((await bytesOf('shard-00000.tar')).equals(before)).toBe(false)
    expect((await readdir(folder)).filter((name) => name.endsWith('.tar'))).toEqual(['shard-00000.tar'])
  })
})
