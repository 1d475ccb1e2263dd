import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openRecords } from '../../../src/data/readers/open-records.node.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-index-'))
  vi.stubEnv('DREAMLIP_CACHE', join(folder, 'cache'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const table = (name: string) => join(folder, name)

function writeTable(name: string, rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => `images/${i}.png,number ${i}\n`)
  writeFileSync(table(name), `image,caption\n${lines.join('')}`)
  return table(name)
}

/** The one index in the cache folder. */
function indexPath(): string {
  const cache = join(folder, 'cache', 'index')
  return join(cache, readdirSync(cache)[0]!)
}

const readIndex = () => JSON.parse(readFileSync(indexPath(), 'utf8')) as { count: number; starts: number[] }

async function countOf(path: string): Promise<number> {
  return (await openRecords(path)).shards[0]!.index.count
}

describe('the index of a data file', () => {
  it('is kept in the cache folder, where only its owner can read it, and leaves the data folder alone', async () => {
    await countOf(writeTable('a.csv', 3))
    expect(readdirSync(folder).sort()).toEqual(['a.csv', 'cache'])
    expect(statSync(indexPath()).mode & 0o077).toBe(0)
    expect(statSync(join(folder, 'cache', 'index')).mode & 0o077).toBe(0)
  })

  it('is made once, and again when the file changes', async () => {
    const path = writeTable('a.csv', 7)
    await countOf(path)
    writeFileSync(indexPath(), JSON.stringify({ ...readIndex(), count: 5 }))
    expect(await countOf(path)).toBe(5)
    writeTable('a.csv', 8)
    expect(await countOf(path)).toBe(8)
  })

  it.each([
    ['is cut short', () => '{"format":3,"coun'],
    ['is empty', () => ''],
    ['belongs to another file', (index: object) => JSON.stringify({ ...index, name: '/elsewhere.csv' })],
    ['has a negative count', (index: object) => JSON.stringify({ ...index, count: -1 })],
    ['has too few places', (index: object) => JSON.stringify({ ...index, count: 5000 })],
    ['has places that go back', (index: object) => JSON.stringify({ ...index, starts: [9, 3], count: 600 })],
    ['has text for places', (index: object) => JSON.stringify({ ...index, starts: ['a'] })],
    ['goes on before its last place', (index: object) => JSON.stringify({ ...index, place: -1 })],
  ])('is made again when it %s', async (_, damage) => {
    const path = writeTable('a.csv', 7)
    await countOf(path)
    writeFileSync(indexPath(), damage(readIndex()))
    expect(await countOf(path)).toBe(7)
    expect(readIndex().count).toBe(7)
  })

  it('continues where it stopped', async () => {
    const path = writeTable('stopped.csv', 3000)
    const stop = new AbortController()
    const seen: number[] = []
    const onIndex = (_: string, samples: number) => {
      seen.push(samples)
      if (samples === 1500) stop.abort(new Error('enough'))
    }
    await expect(openRecords(path, { signal: stop.signal, onIndex })).rejects.toThrow('enough')
    const again: number[] = []
    const { shards } = await openRecords(path, { onIndex: (_, samples) => again.push(samples) })
    expect([seen.at(-1), again[0]]).toEqual([seen.at(-1), seen.at(-1)! + 500])
    rmSync(indexPath())
    const whole = await openRecords(path)
    expect(shards[0]!.index).toEqual(whole.shards[0]!.index)
    expect(whole.shards[0]!.index.count).toBe(3000)
  })

  it('is made even if it cannot be stored', async () => {
    const path = writeTable('a.csv', 7)
    writeFileSync(join(folder, 'cache'), 'a file in the way')
    expect(await countOf(path)).toBe(7)
  })
})
