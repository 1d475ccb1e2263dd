/** A family is one folder and one line in a table: docs/families.md adds one, and this test adds it to a copy of the package. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { families } from '../../src/models/families'

const page = readFileSync('docs/families.md', 'utf8')
const table = readFileSync('src/models/families.ts', 'utf8')
/** The code of the page: the toy's two files, then the two lines of the table. */
const blocks = [...page.matchAll(/```ts\n\/\/ (src\/models\/\S+)\n([\s\S]*?)```/g)].map(([, path, code]) => ({
  path: path!,
  code: code!,
}))
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-toy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('docs/families.md names every family of the table', () => {
  for (const name of Object.keys(families)) expect(page, name).toContain(`| \`${name}\` |`)
})

it('docs/families.md shows the files of the toy family that are type-checked here', () => {
  for (const file of ['family.ts', 'pairs.ts']) {
    const own = readFileSync(join('test/models/toy', file), 'utf8')
    const there = own.replaceAll('../../../src/models/', '../').replaceAll('../../../src/', '../../')
    expect(blocks.find(({ path }) => path === `src/models/toy/${file}`)?.code).toBe(there)
  }
})

it('a family that is added as docs/families.md says loads, scores, ranks, saves and is recognised', () => {
  cpSync('src', join(folder, 'src'), { recursive: true })
  for (const file of ['package.json', 'tsconfig.json']) cpSync(file, join(folder, file))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
  cpSync('test/models/toy/use.ts', join(folder, 'use.ts'))
  mkdirSync(join(folder, 'src/models/toy'))
  for (const { path, code } of blocks.filter(({ path }) => path.includes('/toy/'))) {
    writeFileSync(join(folder, path), code)
  }
  const [imports, line] = blocks.find(({ path }) => path === 'src/models/families.ts')!.code.split('\n') as [
    string,
    string,
  ]
  const added = table
    .replace("import { clip } from './clip/family'\n", (first) => `${first}${imports}\n`)
    .replace('  clip,\n}', (last) => `${line}\n${last}`)
  expect(added.split('\n')).toHaveLength(table.split('\n').length + 2)
  writeFileSync(join(folder, 'src/models/families.ts'), added)
  const run = resolve('node_modules/tsx/dist/cli.mjs')
  const printed = execFileSync(process.execPath, [run, 'use.ts'], { cwd: folder, encoding: 'utf8' })
  const { best, scores, ...rest } = JSON.parse(printed) as { best: number[]; scores: number[] }
  expect(rest).toEqual({ family: 'toy', same: true, ranked: 1, warnings: [] })
  scores.forEach((score, i) => expect(score).toBeCloseTo(3 * best[i]!, 4))
}, 120_000)
