/** Strict Content-Security-Policies in real Chromium: the needs of each device (docs/csp.md), and the errors without them. */
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoadOptions } from '../../src/index'
import { describeInChromium, startChromium } from './chromium'
import { isolation } from './file-server'
import { inNewPage } from './in-page'

const directives = ['script-src', 'connect-src', 'worker-src'] as const
type Directive = (typeof directives)[number]
type Policy = Readonly<Record<Directive, readonly string[]>>

interface Row {
  readonly name: string
  readonly options: LoadOptions
  readonly threads: boolean
  readonly policy: Policy
}

/** The table of docs/csp.md. */
const rows: readonly Row[] = readFileSync('docs/csp.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (`(webgpu|webgl|wasm|cpu)`|any) /.test(line))
  .map((line) => {
    const [device, how, ...sources] = line.split('|').slice(1, -1).map((cell) => cell.replaceAll('`', '').trim()) // prettier-ignore
    const [runtime, threads] = how!.split(', ')
    const inWorker = { device: 'cpu', runtime: 'eager', worker: true } as const
    const options = device === 'any' ? inWorker : ({ device, runtime } as LoadOptions)
    const lists = sources.map((cell, i): [Directive, string[]] => [directives[i]!, cell.split(' ').filter(Boolean)])
    const policy = Object.fromEntries(lists) as Record<Directive, string[]>
    return { name: `${device}, ${how}`, options, threads: threads !== undefined, policy }
  })

/** Each need without which a page can still run its own scripts. */
const needs = rows.flatMap((row) =>
  directives.flatMap((directive) =>
    row.policy[directive]
      .filter((source) => !(directive === 'script-src' && source === "'self'"))
      .map((source) => ({ ...row, directive, source })),
  ),
)

/** Only this policy, on a page that is isolated if threads need it. */
function headersOf(policy: Policy, threads: boolean): Record<string, string> {
  const parts = directives.map((directive) => `${directive} ${policy[directive].join(' ') || "'none'"}`)
  return { 'Content-Security-Policy': ["default-src 'none'", ...parts].join('; '), ...(threads ? isolation : {}) }
}

describeInChromium('a Content-Security-Policy', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser.close())

  const start = (headers: Record<string, string>, options: LoadOptions, checkpoint?: string) =>
    inNewPage(browser, headers, async ({ page }) => {
      const messages: string[] = []
      page.on('console', (message) => messages.push(message.text()))
      const settings = 'Cross-Origin-Embedder-Policy' in headers ? { numThreads: 2 } : {}
      const started = await page.evaluate(
        ([options, checkpoint, settings]) => window.page.start(options, checkpoint, settings),
        [options, checkpoint, settings] as const,
      )
      const warnings = messages.filter((text) => text.includes('DreamLIPWarning'))
      const refusals = messages.filter((text) => text.startsWith('Connecting to'))
      return { ...started, warnings, refusals }
    })

  it('has a row for every device and runtime of browsers', () => {
    expect(rows.map(({ name }) => name)).toEqual([
      'webgpu, compiled',
      'webgpu, compiled, threads',
      'webgpu, eager',
      'webgl, eager',
      'wasm, compiled',
      'wasm, compiled, threads',
      'wasm, eager',
      'cpu, eager',
      'any, in addition, with worker: true',
    ])
  })

  it.each(rows)('that the table gives for $name is enough', async ({ options, threads, policy }) => {
    const { device, code, message } = await start(headersOf(policy, threads), options)
    expect({ code, message }).toEqual({})
    expect(device).toMatchObject({ name: options.device, runtime: options.runtime })
  })

  it.each(needs)('without $source in $directive is named by $name', async (need) => {
    const { directive, source, policy, threads, options } = need
    const less = { ...policy, [directive]: policy[directive].filter((kept) => kept !== source) }
    const { code, message } = await start(headersOf(less, threads), options)
    expect(code).toBe(options.worker ? 'WORKER_FAILED' : 'DEVICE_UNAVAILABLE')
    expect(message).toContain("the page's Content-Security-Policy blocks it: allow ")
    expect(message).toContain(`${source} in ${directive}`)
    if (!options.worker) expect(message).toMatch(/To fix this: extend the policy\.$/)
  })

  const strict = { 'Content-Security-Policy': "default-src 'none'; script-src 'self'" }

  it('without WebAssembly leaves only JavaScript where the GPU is software, and a warning says so', async () => {
    const { device, warnings, message } = await start(strict, {})
    expect(message).toBeUndefined()
    expect(device).toMatchObject({ name: 'cpu', reason: expect.stringContaining("'wasm-unsafe-eval' in script-src") })
    expect(warnings).toEqual([expect.stringMatching(/WASM cannot be used \(.*Content-Security-Policy.*\): models run/)])
  })

  describe('that allows no connections', () => {
    it.each([
      ["the page's own server", '/golden/golden.pt', "'self'"],
      ['another server', 'http://localhost:9/golden.pt', 'http://localhost:9'],
    ])('is named when a model is fetched from %s, after one retry', async (_, checkpoint, source) => {
      const { code, message, refusals } = await start(strict, { device: 'cpu' }, checkpoint)
      expect(refusals).toHaveLength(2)
      expect(code).toBe('SOURCE_UNREADABLE')
      expect(message).toContain(`the page's Content-Security-Policy blocks it: allow ${source} in connect-src.`)
    })
  })
})
