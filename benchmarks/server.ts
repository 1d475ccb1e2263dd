/** `examples/server` compared with the same service in transformers.js: requests with a photograph from several clients at once. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { importPeer } from './peers'
import { median } from './python'
import { withModelFiles } from './runtime/model-files'

/** The parts of autocannon that are used. */
type Autocannon = (options: object) => Promise<{
  readonly requests: { readonly average: number }
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly errors: number
  readonly non2xx: number
}>

interface Measured {
  readonly perSecond: number
  /** Milliseconds until the response with an embedding. */
  readonly p50: number
  readonly p99: number
  /** The longest wait of a health check in the meantime, in milliseconds. */
  readonly health: number
  readonly failed: number
}

const clients = 10
const seconds = 20
const rounds = 3
const photograph = readFileSync('examples/photos/rocket.jpg')

export async function serverBenchmark(): Promise<void> {
  console.log(
    `server: ViT-B/16 with random weights, POST /embed from ${clients} clients, ${seconds} s a round, in turn`,
  )
  const { default: autocannon } = await importPeer<{ default: Autocannon }>('autocannon')
  await withModelFiles(async ({ safetensors, transformers }) => {
    const services = {
      dreamlip: await start('../examples/server/main.ts', ['examples/photos', '0'], { DREAMLIP_MODEL: safetensors }),
      'transformers.js': await start('./server-peer.ts', [transformers]),
    }
    const results = { dreamlip: [] as Measured[], 'transformers.js': [] as Measured[] }
    for (let round = 0; round < rounds; round++) {
      for (const [name, { url }] of Object.entries(services)) {
        results[name as keyof typeof results].push(await measure(autocannon, url))
      }
    }
    for (const [name, all] of Object.entries(results)) print(name, all)
    const ratios = results.dreamlip.map(({ perSecond }, i) => perSecond / results['transformers.js'][i]!.perSecond)
    console.log(`  requests per second, dreamlip ÷ transformers.js, median of ${rounds}: ${median(ratios).toFixed(2)}`)
    for (const { child } of Object.values(services)) child.kill()
  })
}

async function start(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for (;;) {
    const [url] = /http:\/\/[\w.]+:\d+/.exec(said) ?? []
    if (url) return { child, url }
    said += String((await once(child.stdout!, 'data'))[0])
  }
}

async function measure(autocannon: Autocannon, url: string): Promise<Measured> {
  const run = autocannon({
    url: `${url}/embed`,
    ...{ method: 'POST', body: photograph, connections: clients, duration: seconds, timeout: 60 },
  })
  const health = await longestHealthCheck(url, performance.now() + 1000 * (seconds - 1))
  const { requests, latency, errors, non2xx } = await run
  return { perSecond: requests.average, p50: latency.p50, p99: latency.p99, health, failed: errors + non2xx }
}

async function longestHealthCheck(url: string, until: number): Promise<number> {
  let longest = 0
  while (performance.now() < until) {
    const start = performance.now()
    await (await fetch(`${url}/health`)).text()
    longest = Math.max(longest, performance.now() - start)
    await sleep(100)
  }
  return longest
}

function print(name: string, all: readonly Measured[]): void {
  const middle = (value: (measured: Measured) => number) => median(all.map(value))
  console.log(
    `  ${name.padEnd(16)}${middle(({ perSecond }) => perSecond).toFixed(1)} requests/s, p50 ${middle(({ p50 }) => p50)} ms, ` +
      `p99 ${middle(({ p99 }) => p99)} ms, longest health check ${middle(({ health }) => health).toFixed(0)} ms, ` +
      `${all.reduce((sum, { failed }) => sum + failed, 0)} failed`,
  )
}
