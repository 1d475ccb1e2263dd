/** The packed package, installed in a separate project: in Node as ES module and CommonJS, in TypeScript, and built by Vite. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, createServer, type Plugin, type ViteDevServer } from 'vite'
import { DreamLIP } from '../../src/index'
import { describeInChromium } from '../browser/chromium'
import { isolation, serveFiles } from '../browser/file-server'
import { largestDifference } from '../ops/compare'
import { embedInChromium, embedWithModelInside } from './embed-in-chromium'
import { exportedFiles } from './exported-files'
import { installPacked, runNpm, type PackedProject } from './packed-project'

let project: PackedProject
beforeAll(() => {
  project = installPacked()
}, 300_000)
afterAll(() => project?.remove())

/** Vite's production build of the application. */
async function buildProject(outDir: string, plugins: Plugin[] = []): Promise<void> {
  const shared = { root: project.folder, configFile: false, base: './', logLevel: 'error' } as const
  await build({ ...shared, build: { outDir, chunkSizeWarningLimit: 20_000 }, plugins })
}

/** Vite's development server for the application. */
async function startDevelopment(proxy: Record<string, string>): Promise<ViteDevServer> {
  // A separate cache, because the installed packages differ between tests.
  const cacheDir = mkdtempSync(join(project.folder, 'vite-'))
  const shared = { root: project.folder, configFile: false, logLevel: 'error', cacheDir } as const
  const vite = await createServer({ ...shared, server: { headers: isolation, fs: { strict: false }, proxy } })
  return vite.listen(0)
}

describe('the tarball', () => {
  it("contains the builds, the documents, the example picture and run.json's schema, and nothing else", () => {
    const others = project.files.filter((path) => !path.startsWith('dist/'))
    const documents = ['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md']
    expect(others.sort()).toEqual([...documents, 'assets/run.schema.json', 'assets/scene.png', 'package.json'])
    expect(project.files).toEqual(expect.arrayContaining(['dist/cli.js', ...exportedFiles]))
  })

  it('is accepted by `npm publish` without corrections', () => {
    const { status, stderr } = runNpm(['publish', '--dry-run', '--ignore-scripts'], '.')
    expect(status, stderr).toBe(0)
    expect(stderr).not.toContain('auto-corrected')
  })

  it('has at most 7 MB, one copy of the small model and no source maps', () => {
    expect(project.packedBytes).toBeLessThanOrEqual(7_000_000)
    expect(project.files.filter((path) => path.includes('emoji-scenes'))).toEqual(['dist/browser/emoji-scenes.js'])
    expect(project.files.filter((path) => path.endsWith('.map'))).toEqual([])
  })
})

it("runs the README's first example, which prints what its comment says", () => {
  const [, code] = /```ts\n(.*?)```/s.exec(readFileSync('README.md', 'utf8'))!
  writeFileSync(join(project.folder, 'readme.mjs'), code!)
  const printed = execFileSync(process.execPath, ['readme.mjs'], { cwd: project.folder, encoding: 'utf8' })
  expect(code).toContain("console.log(labels[0]) // { label: 'a fox', score: 0.99… }")
  expect(printed).toMatch(/^{ label: 'a fox', score: 0\.99\d* }\n$/)
  for (const map of ['map-1.png', 'map-2.png']) expect(existsSync(join(project.folder, map))).toBe(true)
})

it.each(['import', 'require'])('gives the same things from `dreamlip` and from its entries, first by %s', (how) => {
  const args = [join(project.folder, 'entries.mjs'), how]
  const output = execFileSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' })
  const { '.': all, ...parts } = JSON.parse(output) as Record<string, string[]>
  expect(parts['./tokenizer']).toEqual(['DreamLIPError', 'Tokenizer'])
  expect([...new Set(Object.values(parts).flat())].sort()).toEqual(all)
})

it.each(['esm.mjs', 'commonjs.cjs'])("gives PyTorch's embeddings from %s", (script) => {
  const output = execFileSync(process.execPath, [join(project.folder, script), resolve('examples')], {
    encoding: 'utf8',
  })
  const { differences, threads } = JSON.parse(output) as { differences: Record<string, number[]>; threads: number }
  expect(Object.keys(differences)).toEqual(['wasm', 'cpu'])
  for (const difference of Object.values(differences).flat()) expect(difference).toBeLessThan(1e-5)
  expect(threads).toBe(Math.min(availableParallelism(), 8))
})

describe('the model inside', () => {
  const photo = resolve('examples/photos/rocket.jpg')
  const text = 'a rocket'
  let expected: number[][]

  beforeAll(async () => {
    const model = await DreamLIP.load('assets/emoji-scenes.safetensors', { device: 'wasm' })
    expected = [await model.encodeImage(photo), await model.encodeText(text)].map(({ data }) => [...data])
    model.dispose()
  })

  const expectSame = (embeddings: readonly number[][]) => {
    expect(embeddings).toHaveLength(2)
    embeddings.forEach((values, i) => expect(largestDifference(values, expected[i]!)).toBeLessThan(1e-5))
  }

  it.each(['embedded.mjs', 'embedded.cjs'])('is found without an argument, in any folder: %s', (script) => {
    const args = [join(project.folder, script), photo, text]
    expectSame(JSON.parse(execFileSync(process.execPath, args, { cwd: tmpdir(), encoding: 'utf8' })) as number[][])
  })

  it('is found by the command, which says that it is used', () => {
    const args = [join(project.folder, 'node_modules/dreamlip/dist/cli.js'), 'embed', '--texts', text, '--json']
    // Not in the repository, because its folder `emoji-scenes` would be mistaken for the model.
    const options = { cwd: project.folder, encoding: 'utf8' } as const
    const { stdout, stderr } = spawnSync(process.execPath, [...args, '--device', 'wasm'], options)
    const { model, texts } = JSON.parse(stdout) as { model: string; texts: { vectors: number[][] } }
    expect(stderr).toMatch(/^dreamlip: using emoji-scenes, the small model inside the package/)
    expect(model).toBe('emoji-scenes')
    expect(largestDifference(texts.vectors[0]!, expected[1]!)).toBeLessThan(1e-5)
  })

  describeInChromium('in Chromium', () => {
    const isWeights = (url: string) => url.includes('emoji-scenes')

    it("is a chunk of Vite's production build, fetched only when it is needed", async () => {
      const outDir = join(project.folder, 'built-inside')
      await buildProject(outDir)
      const server = await serveFiles({ app: outDir, photos: 'examples/photos' })
      try {
        const page = `${server.url}/app/index.html`
        const { embeddings, before, after } = await embedWithModelInside(page, `${server.url}/photos/rocket.jpg`, [
          text,
        ])
        expectSame(embeddings)
        expect(before.filter(isWeights)).toEqual([])
        expect(after.filter(isWeights)).toHaveLength(1)
      } finally {
        await server.close()
      }
    })

    it("comes from Vite's development server too", async () => {
      const photos = await serveFiles({ photos: 'examples/photos' })
      const vite = await startDevelopment({ '/photos': photos.url })
      try {
        const [page] = vite.resolvedUrls!.local as [string]
        const { embeddings, before } = await embedWithModelInside(page, new URL('/photos/rocket.jpg', page).href, [
          text,
        ])
        expectSame(embeddings)
        expect(before.filter(isWeights)).toEqual([])
      } finally {
        await vite.close()
        await photos.close()
      }
    })
  })
})

it.each(['compile.mjs', 'compile.cjs'])('compiles a loss in the ops of the project’s own tfjs, from %s', (script) => {
  const output = execFileSync(process.execPath, [join(project.folder, script)], { encoding: 'utf8' })
  expect(JSON.parse(output)).toEqual({
    runtime: 'compiled',
    loss: 73,
    gradient: [18, 64],
    product: [12, 0, 0],
    backend: 'cpu',
    error: expect.stringMatching(/the values of a tensor were read.*, at .*own-loss\.cjs:\d+:\d+\./),
  })
})

it.each([
  ['bundler', 'ESNext'],
  ['node16', 'Node16'],
  ['nodenext', 'NodeNext'],
])(
  'has types for moduleResolution %s, from ES modules and CommonJS',
  (moduleResolution, module) => {
    const options = ['--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,DOM']
    for (const file of moduleResolution === 'bundler' ? ['types.ts'] : ['types.ts', 'types.cts']) {
      const args = [resolve('node_modules/typescript/bin/tsc'), ...options, '--module', module, file]
      execFileSync(process.execPath, [...args, '--moduleResolution', moduleResolution], { cwd: project.folder })
    }
  },
  180_000,
)

describe('the types of functions that only Node has', () => {
  const check = (...options: string[]) => {
    const shared = ['--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,DOM', 'types-node.ts']
    const args = [resolve('node_modules/typescript/bin/tsc'), ...shared, ...options]
    return spawnSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' }).stdout
  }

  it('are there for Node', () => {
    expect(check('--module', 'NodeNext', '--moduleResolution', 'nodenext')).toBe('')
    expect(check('--module', 'ESNext', '--moduleResolution', 'bundler', '--customConditions', 'node')).toBe('')
  })

  it('are not there for bundlers', () => {
    const errors = check('--module', 'ESNext', '--moduleResolution', 'bundler')
    const missing = [...errors.matchAll(/has no exported member( named)? '(\w+)'/g)].map((match) => match[2])
    expect(missing).toEqual(['downloadCheckpoint', 'savePyTorch', 'saveSafetensors', 'DownloadedCheckpoint'])
  })
})

describe("Vite's production build", () => {
  let output: string
  const imported: string[] = []
  const noteImport = (specifier: string, importer?: string) => {
    // TensorFlow.js and its dependencies name Node modules that their package.json files disable in browsers.
    if (!importer?.match(/node_modules.(@tensorflow|seedrandom)/)) imported.push(specifier)
  }

  beforeAll(async () => {
    output = join(project.folder, 'built')
    await buildProject(output, [{ name: 'imports', enforce: 'pre', resolveId: noteImport }])
  })

  it('contains nothing of Node', () => {
    expect(imported).toContain('@tensorflow/tfjs-core')
    expect(imported.filter((specifier) => isBuiltin(specifier) || specifier === 'sharp')).toEqual([])
  })

  describeInChromium('in Chromium', () => {
    it.each(['webgpu', 'wasm'] as const)("gives PyTorch's embeddings on %s, op by op", async (device) => {
      const server = await serveFiles({ app: output, examples: 'examples' })
      try {
        const { backend, differences } = await embedInChromium(`${server.url}/app/index.html`, server.url, { device })
        expect(backend).toBe(`@tensorflow/tfjs-backend-${device}`)
        for (const difference of differences) expect(difference).toBeLessThan(1e-5)
      } finally {
        await server.close()
      }
    })
  })
})

describeInChromium('where the application has installed onnxruntime-web', () => {
  beforeAll(() => {
    // Like `npm install`, but without another copy of 130 MB.
    symlinkSync(
      resolve('node_modules/onnxruntime-web'),
      join(project.folder, 'node_modules/onnxruntime-web'),
      'junction',
    )
  })

  it.each([
    ['wasm', 'float32', 1e-5],
    ['wasm', 'float16', 1e-5], // the type of the golden weights
    ['wasm', 'int8', 0.02],
    ['webgpu', 'float32', 1e-5],
  ] as const)("Vite's production build runs whole graphs on %s in %s", async (device, dtype, tolerance) => {
    const outDir = join(project.folder, 'built-compiled')
    if (!existsSync(outDir)) await buildProject(outDir)
    const server = await serveFiles({ app: outDir, examples: 'examples' })
    try {
      const { backend, differences } = await embedInChromium(`${server.url}/app/index.html`, server.url, {
        device,
        dtype,
      })
      expect(backend).toBe('onnxruntime-web')
      for (const difference of differences) expect(difference).toBeLessThan(tolerance)
    } finally {
      await server.close()
    }
  })

  it("Vite's development server runs whole graphs on WASM", async () => {
    const examples = await serveFiles({ examples: 'examples' })
    const vite = await startDevelopment({ '/examples': examples.url })
    try {
      const [page] = vite.resolvedUrls!.local as [string]
      const { backend, differences } = await embedInChromium(page, new URL(page).origin, { device: 'wasm' })
      expect(backend).toBe('onnxruntime-web')
      for (const difference of differences) expect(difference).toBeLessThan(1e-5)
    } finally {
      await vite.close()
      await examples.close()
    }
  })
})
