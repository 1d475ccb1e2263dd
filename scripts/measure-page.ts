/** Measures the actual downloads of a page that loads a model and embeds an image: in Chromium, from a server that counts bytes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startChromium } from '../test/browser/chromium'
import { serveFiles } from '../test/browser/file-server'
import { DreamLIP } from '../src/index.node.ts'
import { bundleModule, type Bundler } from './measure-bundle'

/** The page's module. It uses TensorFlow.js's JavaScript backend, which needs no other file of dreamlip. */
const source = `import { DreamLIP } from 'dreamlip'
window.embed = async (weights, image) => {
  const model = await DreamLIP.load(weights, { device: 'cpu' })
  return (await model.encodeImage(image)).shape
}`

/** TensorFlow.js's own files for pages. Their only import is a package for random numbers, which no model needs. */
const importMap = {
  '@tensorflow/tfjs-core': '/tensorflow/tfjs-core/dist/tf-core.fesm.min.js',
  '@tensorflow/tfjs-backend-cpu': '/tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.fesm.min.js',
  seedrandom: 'data:text/javascript,export const alea = undefined',
}

/** The model inside the package is stored in int8; most models are not. */
async function floatModel(): Promise<Uint8Array> {
  const model = await DreamLIP.load()
  const file = await model.toBlob({ dtype: 'float16' })
  await model[Symbol.asyncDispose]()
  return new Uint8Array(await file.arrayBuffer())
}

/** The parts of dreamlip that a page downloads. */
export interface PageSize {
  /** Bytes of the files, gzipped one by one. TensorFlow.js, weights and images do not count. */
  readonly bytes: number
  readonly files: number
}

/** Loads a safetensors file of a whole model in float16 from an address, and embeds a photograph. */
export async function measurePage(bundler: Bundler): Promise<PageSize> {
  const { entry, chunks } = await bundleModule(bundler, source)
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-page-'))
  const browser = await startChromium()
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports: importMap })}</script><script type="module" src="${entry}"></script>`
  writeFileSync(join(folder, 'index.html'), page)
  writeFileSync(join(folder, 'model.safetensors'), await floatModel())
  for (const [name, { code }] of chunks) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
  }
  const server = await serveFiles({ app: folder, tensorflow: 'node_modules/@tensorflow', photos: 'examples/photos' }) // prettier-ignore
  try {
    const tab = await browser.newPage()
    await tab.goto(`${server.url}/app/index.html`)
    await tab.waitForFunction(() => 'embed' in window)
    const shape = await tab.evaluate(() =>
      (window as unknown as { embed(weights: string, image: string): Promise<number[]> }).embed(
        '/app/model.safetensors',
        '/photos/rocket.jpg',
      ),
    )
    if (shape[0] !== 1) throw new Error(`the page embedded ${shape[0]} images instead of one`)
    const loaded = new Set(server.requests.map(({ path }) => path.replace('/app/', '')))
    const codes = [...loaded].flatMap((name) => chunks.get(name)?.code ?? [])
    return { bytes: codes.reduce((sum, code) => sum + gzipSync(code).length, 0), files: codes.length }
  } finally {
    await browser.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
