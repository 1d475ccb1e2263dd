/** Bundled applications that contain the packed package, run in the build folder and elsewhere. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { build as esbuild, type BuildOptions } from 'esbuild'
import { build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { largestDifference } from '../ops/compare'
import { installPacked, type PackedProject } from './packed-project'

const photo = resolve('examples/photos/rocket.jpg')
const text = 'a rocket'
/** The banner that TensorFlow.js (CommonJS) needs in esbuild's ES module bundles (docs/hosts.md). */
const banner = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const __dirname = import.meta.dirname`

let project: PackedProject
let expected: number[][]
beforeAll(async () => {
  project = installPacked()
  const model = await DreamLIP.load('assets/emoji-scenes.safetensors')
  expected = [await model.encodeImage(photo), await model.encodeText(text)].map(({ data }) => [...data])
  model.dispose()
}, 300_000)
afterAll(() => project?.remove())

const run = (file: string, options: object = {}) =>
  spawnSync(process.execPath, [file, photo, text, JSON.stringify(options)], {
    cwd: tmpdir(),
    encoding: 'utf8',
    timeout: 60_000,
  })

function expectEmbeddings({ stdout, stderr }: ReturnType<typeof run>): void {
  expect(stdout, stderr).toMatch(/^\[/)
  ;(JSON.parse(stdout) as number[][]).forEach((values, i) =>
    expect(largestDifference(values, expected[i]!)).toBeLessThan(1e-5),
  )
}

const bundles: Record<string, (outfile: string) => Promise<unknown>> = {
  'esbuild, CommonJS': (outfile) => bundle('embedded.mjs', outfile, { format: 'cjs' }),
  'esbuild, CommonJS, native packages external': (outfile) =>
    bundle('embedded.mjs', outfile, { format: 'cjs', external: ['onnxruntime-node', 'sharp'] }),
  'esbuild, CommonJS from require': (outfile) => bundle('embedded.cjs', outfile, { format: 'cjs' }),
  'esbuild, CommonJS, minified': (outfile) => bundle('embedded.mjs', outfile, { format: 'cjs', minify: true }),
  'esbuild, ES module': (outfile) => bundle('embedded.mjs', outfile, { format: 'esm', banner: { js: banner } }),
  'Vite for servers': (outfile) => serverBundle(outfile),
}

const extension = (name: string) => (name.includes('CommonJS') ? 'cjs' : 'mjs')

/** esbuild's bundle of a script of the project. */
function bundle(script: string, outfile: string, options: BuildOptions): Promise<unknown> {
  const entry = join(project.folder, script)
  return esbuild({ entryPoints: [entry], outfile, bundle: true, platform: 'node', logLevel: 'error', ...options })
}

function serverBundle(outfile: string): Promise<unknown> {
  const output = { entryFileNames: basename(outfile), codeSplitting: false }
  return vite({
    root: project.folder,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(project.folder, 'embedded.mjs'),
      outDir: dirname(outfile),
      emptyOutDir: false,
      rolldownOptions: { output },
    },
  })
}

it.each(Object.keys(bundles))('%s: finds the model inside and the native packages in node_modules', async (name) => {
  const file = join(project.folder, 'bundle', `${Object.keys(bundles).indexOf(name)}.${extension(name)}`)
  await bundles[name]!(file)
  expectEmbeddings(run(file))
})

describe.each(['esbuild, CommonJS', 'esbuild, ES module'])('%s, far from node_modules', (name) => {
  let folder: string
  let file: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dreamlip-bundle-'))
    file = join(folder, `bundle.${extension(name)}`)
    await bundles[name]!(file)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('names the missing model inside the package, and finds a copy', () => {
    expect(run(file).stderr).toMatch(/emoji-scenes\.js next to the bundled program.*Copy .*, or leave/)
    copyFileSync('dist/browser/emoji-scenes.js', join(folder, 'emoji-scenes.js'))
    expect(run(file).stderr).toMatch(/Decoding images needs sharp, which is not installed\. Run: npm install sharp/)
  })

  it('names the missing WASM file, and finds a copy', () => {
    const binary = 'tfjs-backend-wasm-simd.wasm'
    expect(run(file, { device: 'wasm' }).stderr).toMatch(
      /tfjs-backend-wasm-simd\.wasm is missing: copy node_modules\/.* next to the bundled program/,
    )
    copyFileSync(join('node_modules/@tensorflow/tfjs-backend-wasm/dist', binary), join(folder, binary))
    expect(run(file, { device: 'wasm' }).stderr).toMatch(/sharp, which is not installed/)
  })
})

it('prepares images in threads of the installed package', async () => {
  const file = join(project.folder, 'bundle/threads.cjs')
  await bundle('commonjs.cjs', file, { format: 'cjs', external: ['./embed.mjs'] })
  copyFileSync(join(project.folder, 'embed.mjs'), join(dirname(file), 'embed.mjs'))
  const { threads } = JSON.parse(execFileSync(process.execPath, [file, resolve('examples')], { encoding: 'utf8' })) as {
    threads: number
  }
  expect(threads).toBeGreaterThan(0)
})

it('runs twice in one process without a line about kernels, and each copy keeps its own results', async () => {
  const files = [0, 1].map((copy) => join(project.folder, 'bundle', `copy-${copy}.cjs`))
  for (const file of files) await bundle('only-model.mjs', file, { format: 'cjs' })
  const { stdout, stderr } = spawnSync(process.execPath, [join(project.folder, 'two-copies.cjs'), ...files], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stderr).not.toMatch(/kernel|backend/)
  const devices = Object.values(JSON.parse(stdout) as Record<string, number[]>)
  for (const values of devices) {
    values.forEach((value, i) => expect(value).toBeCloseTo(devices[0]![i]!, 5))
    for (let i = 0; i < values.length; i += 2) expect(values[i]).toBeCloseTo(values[i + 1]!, 6) // from the two copies
  }
})
