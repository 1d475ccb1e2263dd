/** ViT-B/16 in headless Chromium, photographs to embeddings, compared with transformers.js in the same browser. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { executable, startChromium } from '../../test/browser/chromium'
import { isolation, serveFiles } from '../../test/browser/file-server'
import buildPackage from '../../test/package/build'
import { peerPackages } from '../peers'
import { median } from '../python'
import { writeBrowserModel } from './browser-model'
import type {} from './browser-page/page'

export const rounds = 5
const threads = 2
export const batch = 4
export const photos = ['chelsea.png', 'coffee.png', 'rocket.jpg', 'coffee.png'].map((name) => `/photos/${name}`)

const page = resolve('.cache/bench-page')
const model = resolve('.cache/bench-browser-model')

/** WASM with two threads: both sides embed the same photographs in turn, preprocessing included. */
export async function browserBenchmark(): Promise<void> {
  console.log(
    `runtime in Chromium: WASM, ${threads} threads, ${photos.length} photographs a round, median of ${rounds} rounds`,
  )
  await inChromium({ peers: peerPackages() }, async (open) => measure(await open()))
}

/** Runs `work` with a function that opens the benchmarks' page in a new tab. Prints a message if there is no Chromium. */
export async function inChromium(
  more: Readonly<Record<string, string>>,
  work: (open: () => Promise<Page>) => Promise<void>,
): Promise<void> {
  if (!executable) return console.log('  Not measured: no Chromium here; install it, or name it in CHROMIUM.')
  await buildPage()
  if (!existsSync(`${model}/model.safetensors`)) await writeBrowserModel(model)
  const server = await serveFiles({ page, photos: 'examples/photos', model, ...more }, isolation)
  const browser = await startChromium()
  const open = async () => {
    const tab = await browser.newPage()
    tab.on('pageerror', (error) => console.error('  In the page:', error))
    await tab.goto(`${server.url}/page/index.html`)
    await tab.waitForFunction(() => 'bench' in window)
    if (!(await tab.evaluate(() => window.bench.isolated))) throw new Error('The page is not isolated: no threads.')
    return tab
  }
  try {
    await work(open)
  } finally {
    await browser.close()
    await server.close()
  }
}

async function measure(tab: Page): Promise<void> {
  for (const optimize of ['start', 'throughput'] as const) {
    const options = { device: 'wasm', runtime: 'compiled', optimize } as const
    await tab.evaluate(
      ([options, threads]) =>
        window.bench.loadOurs(options.optimize, '/model/model.safetensors', options, threads).then(() => undefined),
      [options, threads] as const,
    )
  }
  await tab.evaluate((threads) => window.bench.loadTheirs('theirs', '/peers', 'model/hub', 'wasm', threads), threads)
  const embed = (side: string) =>
    tab.evaluate(([side, photos, batch]) => window.bench.embed(side, photos, batch), [side, photos, batch] as const)
  const sides = ['start', 'throughput', 'theirs']
  const warm: number[][] = []
  for (const side of sides) warm.push((await embed(side)).embeddings)
  const perSecond = sides.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) perSecond[i]!.push(photos.length / (await embed(side)).seconds)
  }
  const [start, throughput, theirs] = perSecond as [number[], number[], number[]]
  const ratio = (ours: number[]) => median(ours.map((value, i) => value / theirs[i]!)).toFixed(2)
  console.log(`  transformers.js                  ${median(theirs).toFixed(2)} images/s`)
  console.log(`  dreamlip                         ${median(start).toFixed(2)} images/s, ratio ${ratio(start)}`)
  console.log(
    `  dreamlip, optimize: throughput   ${median(throughput).toFixed(2)} images/s, ratio ${ratio(throughput)}`,
  )
  console.log(`  least cosine between the sides' embeddings: ${leastCosine(warm[0]!, warm[2]!).toFixed(6)}`)
}

/** The cosines between corresponding rows of two matrices with rows of unit length. */
function leastCosine(a: readonly number[], b: readonly number[]): number {
  const width = a.length / photos.length
  const cosines = photos.map((_, row) =>
    a.slice(row * width, (row + 1) * width).reduce((sum, value, i) => sum + value * b[row * width + i]!, 0),
  )
  return Math.min(...cosines)
}

async function buildPage(): Promise<void> {
  buildPackage()
  await build({
    root: 'benchmarks/runtime/browser-page',
    configFile: false,
    base: './',
    logLevel: 'warn',
    resolve: { alias: { dreamlip: resolve('dist/browser/index.js') } },
    worker: { format: 'es' },
    build: { outDir: page, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 4000 },
  })
}
