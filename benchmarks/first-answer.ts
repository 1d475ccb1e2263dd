/**
 * The time to a newcomer's first result: from the start of a process, or of a page, until the embedded model has named a picture.
 * Each round is a new process and a new browser; the file cache is warm.
 */
import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'
import { executable } from '../test/browser/chromium'
import { isolation, serveFiles } from '../test/browser/file-server'
import { median } from './python'
import { buildPackage } from './runtime/cold-start'

const rounds = 7
/** Time limit for the answer in seconds. */
const limits = { node: 0.5, chromium: 1.5 }

const picture = 'assets/scene.png'
const labels = ['a fox', 'a snail', 'a hamburger']

export async function firstAnswerBenchmark(): Promise<void> {
  buildPackage()
  console.log(`first answer of the model inside the package: median and slowest of ${rounds} rounds`)
  report('Node, from the start of the process', limits.node, Array.from({ length: rounds }, inNode))
  if (executable === undefined) console.log('  Chromium is not here: not measured.')
  else report('Chromium, WASM, from opening the page', limits.chromium, await inChromium(executable))
}

/** In Node, the clock of `performance` starts with the process. */
function inNode(): number {
  const code = `
    import { DreamLIP } from 'dreamlip'
    const model = await DreamLIP.load()
    const [[best]] = await model.classify(${JSON.stringify(picture)}, ${JSON.stringify(labels)})
    console.log(performance.now() / 1000, best.label)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  return secondsOf(stdout, stderr)
}

/** In a page, the clock starts when the browser begins to open it. */
async function inChromium(executablePath: string): Promise<number[]> {
  const server = await serveFiles(
    { dist: 'dist', assets: 'assets', page: 'benchmarks/runtime/first-answer-page' },
    isolation,
  )
  const seconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    const browser = await chromium.launch({ executablePath, chromiumSandbox: false })
    const page = await browser.newPage()
    await page.goto(`${server.url}/page/index.html`)
    await page.waitForFunction(`document.querySelector('output').textContent !== ''`)
    const text = (await page.textContent('output')) ?? ''
    seconds.push(secondsOf(text, text))
    await browser.close()
  }
  await server.close()
  return seconds
}

/** @param text seconds and the label @throws Error if the answer is wrong */
function secondsOf(text: string, problem: string): number {
  const [seconds, ...label] = text.trim().split(' ')
  if (label.join(' ') !== labels[0]) throw new Error(`The answer is not ${labels[0]}: ${text}${problem}`)
  return Number(seconds)
}

function report(name: string, limit: number, seconds: readonly number[]): void {
  const [middle, slowest] = [median([...seconds]), Math.max(...seconds)]
  console.log(
    `  ${name.padEnd(40)} ${middle.toFixed(2)} s (${slowest.toFixed(2)} s), ${(middle / limit).toFixed(2)} × the limit of ${limit} s`,
  )
}
