/** Files that belong together, and the remains of failed writes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomically, writeFilesTogether } from '../../../src/bytes/write/write-file.node.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (name: string) => join(folder, name)
const bytes = (text: string) => new TextEncoder().encode(text)
const contents = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path(name), 'utf8')]))

async function* failing(): AsyncGenerator<Uint8Array> {
  yield bytes('half')
  throw new Error('no more')
}

describe('writeFilesTogether', () => {
  it('replaces all of them', async () => {
    for (const text of ['old', 'new']) {
      await writeFilesTogether([
        { path: path('a.npy'), chunks: [bytes(text), bytes('!')] },
        { path: path('a.rows.json'), chunks: [bytes(text)] },
      ])
      expect(contents()).toEqual({ 'a.npy': `${text}!`, 'a.rows.json': text })
    }
  })

  it('replaces none when one cannot be written', async () => {
    await writeFileAtomically(path('a.npy'), [bytes('old')])
    await writeFileAtomically(path('a.rows.json'), [bytes('old rows')])
    const writing = writeFilesTogether([
      { path: path('a.npy'), chunks: [bytes('new')] },
      { path: path('a.rows.json'), chunks: failing() },
    ])
    const message = expect.stringMatching(/a\.rows\.json: could not be written: no more/) as string
    await expect(writing).rejects.toMatchObject({ code: 'WRITE_FAILED', message })
    expect(contents()).toEqual({ 'a.npy': 'old', 'a.rows.json': 'old rows' })
  })

  it('leaves no old list of names next to a new array, if the list cannot be written', async () => {
    mkdirSync(path('a.rows.json'))
    const writing = writeFilesTogether([
      { path: path('a.npy'), chunks: [bytes('new')] },
      { path: path('a.rows.json'), chunks: [bytes('new rows')] },
    ])
    await expect(writing).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(readdirSync(folder)).toEqual(['a.rows.json'])
  })
})

describe('writeFileAtomically', () => {
  it('removes files that killed writers left in the folder, but none of running writers or other programs', async () => {
    await writeFileAtomically(path('x.bin'), readOwnName())
    const ours = names[0]!
    const dead = ours.replace(/\.\d+-/, `.${2 ** 22 + 1}-`)
    const ofAnotherMachine = dead.replace(/-\w{8}/, '-00000000')
    const others = [ours, ofAnotherMachine, 'x.bin.tmp']
    mkdirSync(path('next'))
    for (const name of [dead, `y${dead}`, ...others]) writeFileSync(path(`next/${name}`), '')
    await writeFileAtomically(path('next/x.bin'), [bytes('whole')])
    expect(readdirSync(path('next')).sort()).toEqual(['x.bin', ...others].sort())
  })

  it('writes a file whose name has 255 bytes', async () => {
    const name = `${'ä'.repeat(125)}.json`
    await writeFileAtomically(path(name), [bytes('long')])
    expect(contents()).toEqual({ [name]: 'long' })
  })

  it('lets two writers of the same file both succeed', async () => {
    const texts = ['one', 'two', 'three', 'four']
    await Promise.all(texts.map((text) => writeFileAtomically(path('x'), [bytes(text)])))
    expect(texts).toContain(contents()['x'])
    expect(readdirSync(folder)).toEqual(['x'])
  })
})

let names: string[]
async function* readOwnName(): AsyncGenerator<Uint8Array> {
  names = readdirSync(folder)
  yield bytes('')
}
