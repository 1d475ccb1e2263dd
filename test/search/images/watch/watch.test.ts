/** Indexes that follow changes of files. */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DreamLIP } from '../../../../src/dreamlip'
import { ImageIndex } from '../../../../src/search/images/image-index.node.ts'
import { createMemoryStore } from '../memory-store'
import { createTinyModel, fill, temporaryFolder } from '../pictures'

let model: DreamLIP
const root = temporaryFolder()
beforeAll(async () => {
  model = await createTinyModel()
})
afterAll(() => {
  model.dispose()
  rmSync(root, { recursive: true, force: true })
})

async function setUp(name: string) {
  const photos = join(root, name)
  await fill(photos, { 'a.png': 1 })
  const store = createMemoryStore(8)
  const index = await ImageIndex.open(join(root, `${name}-index`), { model, store })
  const paths = async () => {
    const found: string[] = []
    for await (const { path } of index.rows()) found.push(path.slice(photos.length + 1))
    return found.sort()
  }
  return { photos, index, paths }
}

/** Waits until the index has these pictures. */
async function until(paths: () => Promise<string[]>, expected: readonly string[]): Promise<void> {
  while (JSON.stringify(await paths()) !== JSON.stringify(expected)) await wait(20)
}

it(
  'follows new, moved and deleted pictures, also in new folders, until it is stopped',
  { timeout: 60_000 },
  async () => {
    const { photos, index, paths } = await setUp('follow')
    const controller = new AbortController()
    const counts: number[] = []
    const watching = (async () => {
      const options = { signal: controller.signal, debounce: 20, interval: 600_000 }
      for await (const { embedded } of index.watch(photos, options)) counts.push(embedded)
    })()
    await until(paths, ['a.png'])
    await fill(photos, { 'b.png': 2 })
    await until(paths, ['a.png', 'b.png'])
    mkdirSync(join(photos, 'new'))
    await fill(photos, { 'new/deep/c.png': 3 })
    await until(paths, ['a.png', 'b.png', 'new/deep/c.png'])
    renameSync(join(photos, 'a.png'), join(photos, 'new', 'deep', 'd.png'))
    await until(paths, ['b.png', 'new/deep/c.png', 'new/deep/d.png'])
    rmSync(join(photos, 'new'), { recursive: true })
    await until(paths, ['b.png'])
    controller.abort()
    await watching
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3)
  },
)

it(
  'keeps the pictures of a folder that vanishes, says so, and goes on when it is back',
  { timeout: 60_000 },
  async () => {
    const { photos, index, paths } = await setUp('vanish')
    const controller = new AbortController()
    const warnings: string[] = []
    const counts: number[] = []
    const watching = (async () => {
      const options = { signal: controller.signal, debounce: 20, interval: 50 }
      const onWarning = (message: string) => warnings.push(message)
      for await (const { embedded } of index.watch(photos, { ...options, onWarning })) counts.push(embedded)
    })()
    while (counts.length === 0) await wait(20) // the first update is complete
    renameSync(photos, `${photos}-away`)
    while (!warnings.some((message) => message.includes('nothing is there'))) await wait(20)
    expect(await paths()).toEqual(['a.png'])
    renameSync(`${photos}-away`, photos)
    await fill(photos, { 'b.png': 2 })
    await until(paths, ['a.png', 'b.png'])
    controller.abort()
    await watching
  },
)

it('watches by listing again at intervals too', { timeout: 60_000 }, async () => {
  const { photos, index, paths } = await setUp('interval')
  const controller = new AbortController()
  const updates = index.watch(join(photos, '*.png'), { signal: controller.signal, debounce: 600_000, interval: 50 })
  await updates.next()
  await fill(photos, { 'b.png': 2 })
  expect((await updates.next()).value).toMatchObject({ embedded: 1 })
  expect(await paths()).toEqual(['a.png', 'b.png'])
  controller.abort()
  expect((await updates.next()).done).toBe(true)
})
