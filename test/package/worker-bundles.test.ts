/** Bundled applications of the built package, with a model in a worker, in real Chromium. */
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import webpack from 'webpack'
import { describeInChromium } from '../browser/chromium'
import { serveFiles, type FileServer } from '../browser/file-server'
import { embedInChromium } from './embed-in-chromium'

const project = realpathSync(mkdtempSync(join(tmpdir(), 'dreamlip-worker-app-')))
afterAll(() => rmSync(project, { recursive: true, force: true }))

const bundlers: Record<string, { worker: boolean | string; build(out: string): Promise<unknown> }> = {
  Vite: { worker: true, build: (out) => vite({ ...quiet, root: project, base: './', build: { outDir: out } }) },
  'Vite, workers as ES modules': {
    worker: true,
    build: (out) => vite({ ...quiet, root: project, base: './', build: { outDir: out }, worker: { format: 'es' } }),
  },
  webpack: { worker: true, build: withWebpack },
  'esbuild, dreamlip/worker as a second entry point': {
    worker: './worker.js',
    build: (outdir) =>
      esbuild({
        entryPoints: { main: join(project, 'main.js'), worker: 'dreamlip/worker' },
        absWorkingDir: project,
        bundle: true,
        splitting: true,
        format: 'esm',
        minify: true,
        logLevel: 'error',
        outdir,
      }),
  },
}
const quiet = { configFile: false, logLevel: 'error' } as const

async function withWebpack(out: string): Promise<void> {
  const compiler = webpack({
    mode: 'production',
    context: project,
    entry: './main.js',
    output: { path: out, filename: 'main.js', publicPath: 'auto' },
    performance: false,
  })
  await new Promise<void>((done, fail) => {
    compiler.run((error, stats) => {
      if (error || stats?.hasErrors()) fail(error ?? new Error(stats!.toString({ all: false, errors: true })))
      else compiler.close(() => done())
    })
  })
}

describeInChromium('an application with a model in a worker', () => {
  let server: FileServer
  beforeAll(async () => {
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(resolve('.'), join(project, 'node_modules/dreamlip'), 'junction')
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'application', private: true, type: 'module' }))
    for (const file of ['main.js', 'index.html']) copyFileSync(`test/package/project/${file}`, join(project, file))
    server = await serveFiles({ apps: join(project, 'apps'), examples: 'examples' })
  })
  afterAll(() => server?.close())

  it.each(Object.keys(bundlers))(
    '%s: embeds as PyTorch does',
    async (name) => {
      const { worker, build } = bundlers[name]!
      const folder = String(Object.keys(bundlers).indexOf(name))
      await build(join(project, 'apps', folder))
      copyFileSync(
        join(project, name.startsWith('Vite') ? `apps/${folder}/index.html` : 'index.html'),
        join(project, `apps/${folder}/page.html`),
      )
      const page = `${server.url}/apps/${folder}/page.html`
      const { differences } = await embedInChromium(page, server.url, { device: 'wasm', worker })
      for (const difference of differences) expect(difference).toBeLessThan(1e-5)
    },
    300_000,
  )
})
