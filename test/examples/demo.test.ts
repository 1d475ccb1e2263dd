/** Runs `npm run demo` as a process and checks the page that it writes. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-demo-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function runDemo(name: string, args: readonly string[]) {
  const out = join(folder, name)
  const command = ['--import', 'tsx', 'examples/demo.ts', '--out', out, ...args]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command)
  expect(stderr).toBe('')
  return { stdout, files: readdirSync(out), page: readFileSync(join(out, 'index.html'), 'utf8') }
}

describe.each([
  ['the model inside on emoji', [], ['unseen style', 'unseen thing']],
  ['a checkpoint on photographs', ['--checkpoint', 'examples/golden/golden.pt'], ['chelsea.png', 'cup of coffee']],
] as const)('the demo of %s', (name, args, words) => {
  let demo: Awaited<ReturnType<typeof runDemo>>
  beforeAll(async () => void (demo = await runDemo(name, args)), 600_000)

  it('computes the numbers of PyTorch', () => {
    const rows = ['token ids', 'prepared pixels', 'image embeddings', 'text embeddings']
    for (const row of rows) expect(demo.stdout).toMatch(new RegExp(`✓ ${row} `))
    expect(demo.stdout).not.toContain('NaN')
  })

  it('writes one page without other files', () => {
    const { files, page } = demo
    expect(files).toEqual(['index.html'])
    const sources = [...page.matchAll(/(?:src|href)="([^"]{0,30})/g)].map(([, source]) => source)
    expect(sources.length).toBeGreaterThan(12)
    for (const source of sources) expect(source).toMatch(/^data:image\/webp;base64,/)
    expect(page).not.toMatch(/url\(|@import|<script|<link/)
    for (const word of words) expect(page).toContain(word)
  })
})
