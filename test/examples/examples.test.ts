/** Every example, run as described in its first lines. `browser.test.ts` covers the page, `demo.test.ts` the demo. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeImage, DreamLIP } from 'dreamlip'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { runExample, startServing, withGradients } from './run-example'

vi.setConfig({ testTimeout: 180_000 }) // starting a process takes long on a busy machine

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-examples-'))
afterAll(() => rmSync(folder, { recursive: true }))

const programs = readdirSync('examples').filter((file) => file.endsWith('.ts'))
const parts = readdirSync('examples/server').flatMap((file) => (file.endsWith('.ts') ? [`server/${file}`] : []))

describe('examples/README.md', () => {
  const readme = readFileSync('examples/README.md', 'utf8')

  it.each([...programs, 'browser', 'server'])('lists %s with a command', (name) => {
    expect(readme).toMatch(new RegExp(`\\(${name}/?\\).*\`.*(?:tsx|vite|npm run).*\``))
  })

  it('names only commands of files that exist', () => {
    const files = [...readme.matchAll(/examples\/[\w-]+(?:\.ts)?/g)].map(([file]) => file)
    expect(files.filter((file) => !existsSync(file) && file !== 'examples/output')).toEqual([])
  })
})

describe('each example', () => {
  it.each([...programs, ...parts, 'browser/main.ts', 'browser/index.html'])('%s has at most 60 lines', (file) => {
    expect(readFileSync(join('examples', file), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  })
})

it('classify.ts names the background of every scene', async () => {
  const lines = await runExample('examples/classify.ts')
  const best = Object.fromEntries(
    lines.flatMap((line, i) => (line.endsWith('.png') ? [[line, lines[i + 1]!.split('%  ')[1]]] : [])),
  )
  expect(best).toMatchObject({ 'popcorn.png': 'a night sky', 'street.png': 'a gray road', 'snowman.png': 'a desert' })
  expect(Object.keys(best)).toHaveLength(12)
})

it('classify.ts takes labels and pictures of the user', async () => {
  const lines = await runExample('examples/classify.ts', 'rocket,bell,cat', 'examples/scenes/rocket.png')
  expect(lines).toEqual(['rocket.png', expect.stringMatching(/%  rocket$/), expect.stringMatching(/%  (bell|cat)$/)])
})

it('search.ts finds the scene that each query describes', async () => {
  const lines = await runExample('examples/search.ts')
  const first = lines.flatMap((line, i) => (line.startsWith('“') ? lines[i + 1]!.match(/[\w-]+\.png/)! : []))
  expect(first).toEqual(['ladybug.png', 'popcorn.png', 'street.png'])
})

it('ground.ts points at what each sentence describes, and draws a heat map per sentence', async () => {
  const file = join(folder, 'ground.png')
  const text = 'A bus appears in the scene. The elephant is drawn in orange. A brown circle can be seen.'
  const lines = await runExample('examples/ground.ts', 'examples/scenes/street.png', text, file)
  const [bus, elephant, circle] = lines.slice(0, 3).map((line) => /x (\d+), y (\d+)$/.exec(line)!.slice(1).map(Number))
  expect(bus![0]).toBeLessThan(85)
  expect(elephant![1]).toBeLessThan(85)
  expect(circle![0]).toBeGreaterThan(95)
  expect(circle![1]).toBeGreaterThan(80)
  expect(await decodeImage(file)).toMatchObject({ width: 4 * 160, height: 160 })
})

it('segment.ts gives every label its part of the picture', async () => {
  const file = join(folder, 'segment.png')
  const lines = await runExample(
    'examples/segment.ts',
    'examples/scenes/ladybug.png',
    'a ladybug,a brown background',
    file,
  )
  const shares = lines.slice(0, 2).map((line) => parseFloat(line))
  expect(shares[0]! + shares[1]!).toBeCloseTo(100, -1)
  for (const share of shares) expect(share).toBeGreaterThan(15)
  expect(await decodeImage(file)).toMatchObject({ width: 160, height: 160 })
})

it('embed-descriptions.ts puts the right picture first for the mean of sentences, but for one', async () => {
  const [, ...lines] = await runExample('examples/embed-descriptions.ts')
  const places = lines.map((line) => Number(line.split(' → ')[1]))
  expect(places).toHaveLength(12)
  expect(places.filter((place) => place === 1).length).toBeGreaterThanOrEqual(11)
  expect(Math.max(...places)).toBeLessThanOrEqual(2)
})

it('train.ts learns the scenes, and writes a model that loads', async () => {
  const file = join(folder, 'trained.safetensors')
  const lines = await runExample(...withGradients, 'examples/train.ts', 'examples/scenes', file, '40')
  const found = (line: string) => Number(/: (\d+) found/.exec(line)![1])
  const after = lines.find((line) => line.startsWith('after'))!
  expect(found(after)).toBeGreaterThan(2 * found(lines[0]!))
  const model = await DreamLIP.load(file)
  expect(model.config.embedDim).toBe(64)
  model.dispose()
})

it('fine-tune.ts tunes the small model on photographs, and continues from its checkpoint', async () => {
  const out = join(folder, 'fine-tuned')
  const args = [...withGradients, 'examples/fine-tune.ts', '--out', out, '--epochs']
  const first = await runExample(...args, '10')
  const [before, after] = /: (\d+) % before, (\d+) % after/.exec(first.join('\n'))!.slice(1).map(Number)
  expect(after).toBeGreaterThan(before!)
  const second = await runExample(...args, '11')
  expect(second.join('\n')).toContain('11 steps')
  expect(readdirSync(out)).toContain('step-00000011.pt')
})

it('compile-loss.ts makes its loss smaller', async () => {
  const losses = (await runExample(...withGradients, 'examples/compile-loss.ts')).map((line) =>
    Number(/loss (\S+)/.exec(line)![1]),
  )
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 10)
})

it('export.ts writes files that ONNX Runtime runs with the same numbers', async () => {
  const out = join(folder, 'exported')
  const lines = await runExample('examples/export.ts', 'assets/emoji-scenes.safetensors', out)
  expect(readdirSync(out).sort()).toEqual(['image.onnx', 'model.safetensors', 'text.onnx'])
  expect(Number(/difference.*: (\S+)$/.exec(lines.at(-1)!)![1])).toBeLessThan(1e-4)
})

it('worker.ts searches in a thread while the main thread stays free', async () => {
  const [found, ticks] = await runExample('examples/worker.ts')
  expect(found).toContain('popcorn.png')
  expect(Number(/(\d+) times/.exec(ticks!)![1])).toBeGreaterThan(5)
})

describe('server', () => {
  const start = () => startServing('node_modules/tsx/dist/cli.mjs', 'examples/server/main.ts', 'examples/scenes', '0')
  const rocket = new Uint8Array(readFileSync('examples/scenes/rocket.png'))
  const post = (url: string, body: BodyInit) => fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit)
  const json = async (response: Response) => [response.status, await response.json()]

  it('searches, embeds, classifies and grounds, and counts what it answered', async () => {
    const url = await start()
    const found = await json(await fetch(`${url}/search?text=some%20food%20at%20night`))
    expect(found).toMatchObject([200, { hits: [{ file: 'popcorn.png' }, {}, {}] }])
    const scores = await json(await post(`${url}/classify?labels=a%20bell,a%20rocket`, rocket))
    expect(scores).toMatchObject([200, { scores: [{ label: 'a rocket' }, { label: 'a bell' }] }])
    const [, { embedding }] = (await json(await post(`${url}/embed`, rocket))) as [number, { embedding: number[] }]
    expect(embedding).toHaveLength(192)
    const places = await json(await post(`${url}/ground?text=A%20rocket.%20A%20hill.`, rocket))
    expect(places).toMatchObject([200, { places: [{ text: 'A rocket' }, { text: 'A hill' }] }])
    expect(await json(await fetch(`${url}/health`))).toEqual([200, { status: 'ok' }])
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('dreamlip_answers_total{route="POST /classify",status="200"} 1')
    expect(metrics).toMatch(/dreamlip_event_loop_delay_seconds\{quantile="0.99"\} [\d.]+/)
  })

  it('refuses what is not a picture, too large, or unknown, and goes on', async () => {
    const url = await start()
    const noPicture = await json(await post(`${url}/classify?labels=a%20bell`, new Uint8Array(10)))
    expect(noPicture).toMatchObject([400, { code: 'IMAGE_INVALID' }])
    expect((await post(`${url}/embed`, new Uint8Array(20_000_001))).status).toBe(413)
    expect((await fetch(`${url}/search`)).status).toBe(400)
    expect((await fetch(`${url}/other`)).status).toBe(404)
    await expect(fetch(`${url}/search?text=x`, { signal: AbortSignal.timeout(1) })).rejects.toThrow()
    expect((await post(`${url}/embed`, rocket)).status).toBe(200)
  })
})
