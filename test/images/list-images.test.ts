import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { listImages } from '../../src/images/list-images.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-inputs-'))
afterAll(() => rmSync(folder, { recursive: true }))

function folderOf(name: string, files: readonly string[]): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const file of files) writeFileSync(join(path, file), '')
  return path
}

it('takes all decoded formats from a folder, HEIC included, and nothing else', async () => {
  const images = ['a.JPG', 'b.jfif', 'c.heic', 'd.HEIF', 'e.bmp', 'f.tif', 'g.webp']
  const path = folderOf('decoded', [...images, 'notes.txt', 'table.csv'])
  const notes: string[] = []
  expect(await listImages([path], { onWarning: (note) => notes.push(note) })).toEqual(
    images.map((name) => join(path, name)),
  )
  expect(notes).toEqual([])
})

it('counts and names pictures that a folder leaves out', async () => {
  const path = folderOf('foreign', ['a.jpg', ...Array.from({ length: 7 }, (_, i) => `${i}.svg`)])
  const notes: string[] = []
  expect(await listImages([path], { onWarning: (note) => notes.push(note) })).toHaveLength(1)
  expect(notes).toEqual([expect.stringMatching(/^7 pictures .* left out: .*0\.svg.* and 2 more\.$/)])
})

it('warns of them where nobody listens', async () => {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  await listImages(folderOf('warned', ['a.jpg', 'b.svg']))
  expect(emit).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^1 picture .*b\.svg\.$/), 'DreamLIPWarning')
  emit.mockRestore()
})

it('keeps the order of its inputs, and sorts what a folder or a pattern stands for by name', async () => {
  const path = folderOf('sorted', ['c.png', 'a.png', 'b.jpg'])
  mkdirSync(join(path, 'below'))
  writeFileSync(join(path, 'below', 'd.png'), '')
  const inPath = (...names: string[]) => names.map((name) => join(path, name))
  expect(await listImages(path)).toEqual(inPath('a.png', 'b.jpg', 'below/d.png', 'c.png'))
  expect(await listImages([`${path}/*.png`, join(path, 'b.jpg')])).toEqual(inPath('a.png', 'c.png', 'b.jpg'))
  expect(await listImages(`${path}/**/*.png`)).toEqual(inPath('a.png', 'below/d.png', 'c.png'))
})

it('takes files of any ending and addresses as they are', async () => {
  const path = join(folderOf('odd', ['photo [1].dat']), 'photo [1].dat')
  const inputs = [path, 'https://example.org/a.jpg?size=large', 'data:image/png;base64,AAAA']
  expect(await listImages(inputs)).toEqual(inputs)
  expect(await listImages([])).toEqual([])
})

it.each(['missing.jpg', 'missing/*.jpg', 'empty'])('refuses %s, which stands for no image', async (name) => {
  mkdirSync(join(folder, 'empty'), { recursive: true })
  await expect(listImages(['data:,', join(folder, name)])).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    message: expect.stringMatching(
      name === 'empty' ? /the folder contains no images/ : /no file, folder or pattern/,
    ) as string,
  })
})

it('refuses what is no path, and ends when aborted', async () => {
  await expect(listImages([7] as never)).rejects.toThrow('inputs[0]: expected a string; got 7.')
  await expect(listImages(folder, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
})
