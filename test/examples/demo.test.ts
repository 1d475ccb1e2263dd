/** `npm run demo`, run as a process, and the page that it writes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-demo-'))
afterAll(() => rmSync(folder, { recursive: true }))

function runDemo(name: string, args: readonly string[]) {
  const out = join(folder, name)
  const command = ['--import', 'tsx', 'examples/demo.ts', '--out', out, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return { stdout, files: readdirSync(out), page: readFileSync(join(out, 'index.html'), 'utf8') }
}

describe.each([
  ['the model inside on emoji', [], ['unseen style', 'unseen thing']],
  ['a checkpoint on photographs', ['--checkpoint', 'examples/golden/golden.pt'], ['chelsea.png', 'cup of coffee']],
] as const)('the demo of %s', (name, args, words) => {
  const { stdout, files, page } = runDemo(name, args)

  it('finds the numbers of PyTorch', () => {
    const rows = ['token ids', 'prepared pixels', 'image embeddings', 'text embeddings']
    for (const row of rows) expect(stdout).toMatch(new RegExp(`✓ ${row} `))
    expect(stdout).not.toContain('NaN')
  })

  it('writes one page that needs nothing beside itself', () => {
    expect(files).toEqual(['index.html'])
    const sources = [...page.matchAll(/(?:src|href)="([^"]{0,30})/g)].map(([, source]) => source)
    expect(sources.length).toBeGreaterThan(12)
    for (const source of sources) expect(source).toMatch(/^data:image\/webp;base64,/)
    expect(page).not.toMatch(/url\(|@import|<script|<link/)
    for (const word of words) expect(page).toContain(word)
  })
})
