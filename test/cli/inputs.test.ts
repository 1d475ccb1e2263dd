import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { listImages } from '../../src/cli/inputs'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-inputs-'))
afterAll(() => rmSync(folder, { recursive: true }))
const { signal } = new AbortController()

function folderOf(name: string, files: readonly string[]): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const file of files) writeFileSync(join(path, file), '')
  return path
}

it('takes all supported formats from a folder, HEIC included, and nothing else', async () => {
  const images = ['a.JPG', 'b.jfif', 'c.heic', 'd.HEIF', 'e.bmp', 'f.tif', 'g.webp']
  const path = folderOf('decoded', [...images, 'notes.txt', 'table.csv'])
  const notes: string[] = []
  expect(await listImages([path], signal, (note) => notes.push(note))).toEqual(images.map((name) => join(path, name)))
  expect(notes).toEqual([])
})

it('counts and names pictures in unsupported formats', async () => {
  const path = folderOf('foreign', ['a.jpg', ...Array.from({ length: 7 }, (_, i) => `${i}.svg`)])
  const notes: string[] = []
  expect(await listImages([path], signal, (note) => notes.push(note))).toHaveLength(1)
  expect(notes).toEqual([expect.stringMatching(/^7 pictures .* left out: .*0\.svg.* and 2 more\.$/)])
})
