import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kindOfFile, readEmojiFolder } from '../comparison/emoji-folder'

describe('kindOfFile', () => {
  it.each(['1f34e.png', '1F34E.PNG', '1f34e-fe0f.svg', 'emoji_u1f34e.png'])('%s is a red apple', (name) => {
    expect(kindOfFile(name)?.key).toBe('red-apple')
  })

  it.each(['1f4d7.png', '1f468-200d-1f9b0.png', 'apple.png', ''])('%j is no kind of the training', (name) => {
    expect(kindOfFile(name)).toBeUndefined()
  })
})

describe('readEmojiFolder', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'emoji-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('draws the known files on white, and leaves out the others', async () => {
    const square = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M3 3h4v4H3z" fill="red"/></svg>`
    writeFileSync(join(folder, '1f34e.svg'), square)
    writeFileSync(join(folder, '1f4d7.svg'), square) // a held-out kind
    writeFileSync(join(folder, 'readme.txt'), 'no picture')
    writeFileSync(join(folder, '1f355.png'), 'damaged')
    const [only, ...others] = await readEmojiFolder(folder, 20)
    expect(others).toEqual([])
    expect(only!.kind.key).toBe('red-apple')
    const { data, ...size } = only!.image
    expect(size).toEqual({ width: 20, height: 20, channels: 3 })
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255])
    expect([...data.subarray(3 * 210, 3 * 211)]).toEqual([255, 0, 0]) // the middle
  })

  it('refuses a folder without them', async () => {
    await expect(readEmojiFolder(folder, 20)).rejects.toThrow('expected pictures named like 1f34e.png; there are none.')
  })
})
