/** The packed package, installed in a project of its own: in Node as ES module and CommonJS, in TypeScript, and built by Vite. */
import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, createServer } from 'vite'
import { describeInChromium } from '../browser/chromium'
import { isolation, serveFiles } from '../browser/file-server'
import { embedInChromium } from './embed-in-chromium'
import { installPacked, type PackedProject } from './packed-project'

let project: PackedProject
beforeAll(() => {
  project = installPacked()
}, 300_000)
afterAll(() => project?.remove())

it('packs the builds and the papers, and nothing else', () => {
  const others = project.files.filter((path) => !path.startsWith('dist/'))
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'package.json'])
  for (const path of ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'cli.js', 'browser/index.js']) {
    expect(project.files).toContain(`dist/${path}`)
  }
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
])('has types for moduleResolution %s, from ES modules and CommonJS', (moduleResolution, module) => {
  const options = ['--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,DOM']
  for (const file of moduleResolution === 'bundler' ? ['types.ts'] : ['types.ts', 'types.cts']) {
    const args = [resolve('node_modules/typescript/bin/tsc'), ...options, '--module', module, file]
    execFileSync(process.execPath, [...args, '--moduleResolution', moduleResolution], { cwd: project.folder })
  }
})

describe("Vite's production build", () => {
  let output: string
  const imported: string[] = []
  const noteImport = (specifier: string, importer?: string) => {
    // TensorFlow.js and what it depends on name modules of Node that their package.json files turn off in browsers.
    if (!importer?.match(/node_modules.(@tensorflow|seedrandom)/)) imported.push(specifier)
  }

  beforeAll(async () => {
    output = join(project.folder, 'built')
    await build({
      root: project.folder,
      configFile: false,
      base: './',
      logLevel: 'error',
      build: { outDir: output, chunkSizeWarningLimit: 4000 },
      plugins: [{ name: 'imports', enforce: 'pre', resolveId: noteImport }],
    })
  })

  it('takes in nothing of Node', () => {
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
    // As `npm install` would, without another copy of 130 MB.
    symlinkSync(
      resolve('node_modules/onnxruntime-web'),
      join(project.folder, 'node_modules/onnxruntime-web'),
      'junction',
    )
  })

  it.each(['wasm', 'webgpu'] as const)("Vite's production build runs whole graphs on %s", async (device) => {
    const outDir = join(project.folder, `built-${device}`)
    await build({
      root: project.folder,
      configFile: false,
      base: './',
      logLevel: 'error',
      build: { outDir, chunkSizeWarningLimit: 4000 },
    })
    const server = await serveFiles({ app: outDir, examples: 'examples' })
    try {
      const { backend, differences } = await embedInChromium(`${server.url}/app/index.html`, server.url, { device })
      expect(backend).toBe('onnxruntime-web')
      for (const difference of differences) expect(difference).toBeLessThan(1e-5)
    } finally {
      await server.close()
    }
  })

  it("Vite's development server runs whole graphs on WASM", async () => {
    const examples = await serveFiles({ examples: 'examples' })
    const vite = await createServer({
      root: project.folder,
      configFile: false,
      logLevel: 'error',
      server: { headers: isolation, fs: { strict: false }, proxy: { '/examples': examples.url } },
    })
    try {
      await vite.listen(0)
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
