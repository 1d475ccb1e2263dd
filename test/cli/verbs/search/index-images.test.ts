/** `dreamlip index`, run as a process. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { model, outcomeOf, photos, run, runJson, start, temporaryFolder } from '../../command'

const inFolder = temporaryFolder()

/** A folder with three photographs and something broken. */
function folderOfPhotos(name: string): string {
  const folder = inFolder(name)
  mkdirSync(folder)
  photos.forEach((photo) => copyFileSync(photo, inFolder(name, photo.split('/').pop()!)))
  writeFileSync(inFolder(name, 'broken.png'), 'no image')
  return folder
}

interface Indexed {
  index: string
  size: number
  files: number
  embedded: number
  unchanged: number
  removed: number
  problems: Record<string, number>
  leftOut: { path: string; reason: string }[]
}

describe('dreamlip index', () => {
  it('indexes a folder, names what is broken, and then only what has changed', async () => {
    const folder = folderOfPhotos('photos')
    const into = inFolder('photos.index')
    const first = await run(['index', '-m', model, folder, '--into', into])
    expect(first).toMatchObject({
      code: 0,
      stdout: `${into}: 3 pictures (3 embedded, 0 unchanged); left out: 1 broken.\n`,
      stderr: expect.stringMatching(/^dreamlip: left out: .*broken\.png/) as string,
    })
    rmSync(inFolder('photos', 'broken.png'))
    rmSync(inFolder('photos', 'coffee.png'))
    const { document } = await runJson<Indexed>(['index', '-m', model, folder, '--into', into])
    expect(document).toMatchObject({ index: into, size: 2, files: 2, embedded: 0, removed: 1, leftOut: [] })
  })

  it('reads lists, also of names with line breaks, refuses another model, and changes it when told', async () => {
    const into = inFolder('listed.index')
    const odd = inFolder('two\nlines.png')
    copyFileSync(photos[0]!, odd)
    const listed = await runJson<Indexed>(['index', '-m', model, '--files-from', '-', '-0', '--into', into], {
      input: `${odd}\0${photos[1]}\0`,
    })
    expect(listed.document).toMatchObject({ files: 2, embedded: 2 })
    const refused = await runJson<{ error: object }>(['index', photos[2]!, '--into', into])
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'INDEX_MISMATCH' } } })
    const changed = await runJson<Indexed>(['index', '--reindex', '--into', into])
    expect(changed).toMatchObject({ code: 0, document: { size: 2 } })
  })

  it.skipIf(process.platform === 'win32')('watches until Ctrl-C, and then prints its document', async () => {
    const folder = folderOfPhotos('watched')
    const child = start(['index', '-m', model, folder, '--into', inFolder('watched.index'), '--watch', '--json'])
    const ended = outcomeOf(child)
    let said = ''
    child.stderr!.on('data', (text: string) => (said += text))
    while (!said.includes('Ctrl-C ends')) await wait(20)
    writeFileSync(inFolder('watched', 'copy.png'), readFileSync(photos[0]!))
    while (!said.includes('4 pictures')) await wait(20)
    child.kill('SIGINT')
    const { code, stdout } = await ended
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ size: 4 })
  })

  it.skipIf(process.platform === 'win32')('says that the disk is full, and continues when there is space', async () => {
    const folder = folderOfPhotos('full')
    const args = ['index', '-m', model, folder, '--into', inFolder('full.index')]
    // The system refuses to write files of more than 512 bytes, like a full disk. The accompanying signal is ignored.
    const full = await runJson<{ error: object }>(args, { limits: "trap '' XFSZ; ulimit -f 0" })
    expect(full).toMatchObject({ code: 1, document: { error: { code: 'WRITE_FAILED' } } })
    const { document } = await runJson<Indexed>(args)
    expect(document).toMatchObject({ files: 3, embedded: 3 })
  })

  it('refuses to begin without something to index', async () => {
    const calls = [
      ['--into', inFolder('x')],
      ['photos', '-0', '--into', inFolder('x')],
    ]
    const outcomes = await Promise.all(calls.map((args) => run(['index', ...args])))
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2])
  })
})
