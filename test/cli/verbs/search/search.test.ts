/** `dreamlip search`, run as a process on an index of drawn scenes, made by `dreamlip index`. */
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawTestScenes, type TestScene } from '../../../../emoji-scenes/comparison/test-scenes'
import { createIcons } from '../../../../emoji-scenes/icons/icons'
import { encodePNG, type SearchResult } from '../../../../src/index'
import { run, runJson, start, temporaryFolder } from '../../command'

const inFolder = temporaryFolder()
const index = inFolder('index')
const pathOf = (i: number) => inFolder('pictures', i % 2 === 0 ? 'even' : 'odd', `${i}.png`)
let scenes: TestScene[]
const longOf = (i: number) => scenes[i]!.captions.long.map(({ text }) => text).join(' ')

beforeAll(async () => {
  scenes = await drawTestScenes('held-out-styles', 40, 64, 1, createIcons())
  for (const name of ['even', 'odd']) mkdirSync(inFolder('pictures', name), { recursive: true })
  for (const [i, { image }] of scenes.entries()) {
    writeFileSync(pathOf(i), await encodePNG(image))
    utimesSync(pathOf(i), new Date(), new Date(Date.UTC(2020, i, 15)))
  }
  copyFileSync(pathOf(3), inFolder('pictures', 'even', 'new\nline.png'))
  const { code, stderr } = await run(['index', inFolder('pictures'), '--into', index])
  expect([code, stderr]).toEqual([0, expect.any(String)])
})

const search = (...args: readonly string[]) => run(['search', ...args, '--in', index])

describe('dreamlip search', () => {
  it('finds a scene by its description, and says which sentences it answers', async () => {
    const { code, document } = await runJson<SearchResult & { query: string }>([
      'search',
      longOf(8),
      '--in',
      index,
      '-k',
      '3',
    ])
    expect(code).toBe(0)
    expect(document).toMatchObject({ query: longOf(8), fits: true })
    expect(document.hits).toHaveLength(3)
    expect(document.hits[0]).toMatchObject({
      path: pathOf(8),
      width: 64,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    const { stdout } = await search(longOf(8), '-k', '1')
    expect(stdout).toMatch(
      new RegExp(`^ {2}1\\. +\\d\\.\\d {2}${pathOf(8)} {2}\\(\\d of \\d+\\)\\n {6}[✓–] +-?\\d\\.\\d {2}`),
    )
  })

  it('prints paths as they are for other programs', async () => {
    const { stdout } = await search('--like', pathOf(3), '-k', '1', '--paths', '-0')
    expect(stdout).toBe(`${inFolder('pictures', 'even', 'new\nline.png')}\0`)
    expect((await search('--like', pathOf(3), '-k', '1')).stdout).toContain('new line.png')
  })

  it('takes a sum apart that the shell has joined, filters, and a picture', async () => {
    const sum = ['a dog', '+', '0.5:a tree', '-', 'a car']
    const { document } = await runJson<SearchResult & { query: string }>(['search', ...sum, '--in', index])
    expect(document.query).toBe('"a dog" + 0.5:"a tree" - "a car"')
    expect(document.sentences.map(({ weight }) => weight)).toEqual([1, 0.5, -1])
    const filters = [
      '--folder',
      inFolder('pictures', 'odd'),
      '--date',
      'modified',
      '--from',
      '2020-03',
      '--to',
      '2020-09',
    ]
    const { stdout } = await search('a', 'dog', ...filters, '--smaller', '1MB', '--paths')
    expect(stdout.trim().split('\n').sort()).toEqual([3, 5, 7].map(pathOf).sort())
    expect((await search('--image', pathOf(6), '-k', '1', '--paths')).stdout).toBe(`${pathOf(6)}\n`)
  })

  it('lists equal files', async () => {
    const { document } = await runJson<{ groups: { kind: string; images: { path: string }[] }[] }>([
      'search',
      '--duplicates',
      '--in',
      index,
      '--threshold',
      '1',
    ])
    const paths = document.groups.map(({ images }) => images.map(({ path }) => path).sort())
    expect(paths).toEqual([[pathOf(3), inFolder('pictures', 'even', 'new\nline.png')].sort()])
  })

  it('writes a page with heat maps', async () => {
    const { stdout } = await search(longOf(8), '-k', '2', '--html', inFolder('found.html'))
    expect(stdout).toContain('found.html')
    const page = readFileSync(inFolder('found.html'), 'utf8')
    expect(page.match(/class="photo"/g)).toHaveLength(2)
    expect(page).toContain('class="map m4"')
  })

  it('refuses an index that is not there, before it loads a model', async () => {
    const { code, stderr } = await run(['search', 'a dog', '--in', inFolder('none'), '-m', 'no-model.pt'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^dreamlip: --in .*none: expected the folder of an index/)
  })

  it('asks a running server instead of loading the model', async () => {
    const server = start(['serve', '--in', index, '--port', '0', '--json'], { input: null })
    const started = once(server.stdout!, 'data')
    try {
      const { url } = JSON.parse(String((await started)[0])) as { url: string }
      expect(url).toMatch(/^http:/)
      const { code, stdout, stderr } = await search(longOf(8), '-k', '1', '--paths', '-m', 'no-model.pt')
      expect([code, stdout, stderr]).toEqual([0, `${pathOf(8)}\n`, ''])
    } finally {
      server.kill('SIGINT')
      await once(server, 'close')
    }
  })

  it.each([
    [['a dog', '--duplicates'], 'USAGE'],
    [['a dog', '--from', 'May'], 'USAGE'],
    [['"a" + b'], 'QUERY_INVALID'],
  ])('refuses %j', async (args, code) => {
    const outcome = await runJson<{ error: { code: string } }>(['search', ...args, '--in', index])
    expect([outcome.code, outcome.document.error.code]).toEqual([code === 'USAGE' ? 2 : 1, code])
  })
})
