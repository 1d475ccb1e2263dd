import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeImage } from 'dreamlip'
import { expect, it } from 'vitest'
import { writeExampleScenes } from '../data-set/example-scenes'
import { createIcons } from '../icons/icons'

it('examples/scenes contains what this code draws and describes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'example-scenes-'))
  await writeExampleScenes(folder, createIcons())
  const stored = readdirSync('examples/scenes').filter((name) => !name.endsWith('.md'))
  expect(readdirSync(folder).sort()).toEqual(stored.sort())
  for (const name of stored) {
    const [here, there] = [join(folder, name), join('examples/scenes', name)]
    if (name.endsWith('.txt')) expect(readFileSync(there, 'utf8')).toBe(readFileSync(here, 'utf8'))
    else expect((await decodeImage(there)).data).toEqual((await decodeImage(here)).data)
  }
  rmSync(folder, { recursive: true })
})
