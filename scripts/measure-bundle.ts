/** Measures the bytes that a page downloads for a part of the built package, with four bundlers. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import { build as esbuild, transform } from 'esbuild'
import { rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'

/** One file of a bundle. */
interface Chunk {
  readonly code: string
  /** Names of the files that it imports statically, and of external packages. */
  readonly imports: readonly string[]
}

/** All files that a bundler writes. */
export interface Bundle {
  readonly entry: string
  readonly chunks: ReadonlyMap<string, Chunk>
}

/** Left out of every bundle: TensorFlow.js, which is not counted, and ONNX Runtime, which may be missing. */
const external = [/^@tensorflow\//, /^onnxruntime-web/]

export interface BundleSize {
  /** Bytes of the files that load at once, minified and gzipped. Files that load on demand do not count. */
  readonly bytes: number
  /** The packages that these files import. */
  readonly packages: readonly string[]
  /** Bytes of all files that the bundler writes, minified only, including files that nothing loads. */
  readonly emitted: number
}

export const bundlers = { esbuild: withESBuild, Rollup: withRollup, Vite: withVite, webpack: withWebpack }
export type Bundler = keyof typeof bundlers

/**
 * Bundles a module of an application that has installed the built package.
 * @param source such as `export { Tokenizer } from 'dreamlip'`
 */
export async function bundleSize(bundler: Bundler, source: string): Promise<BundleSize> {
  return measure(await bundleModule(bundler, source))
}

/** The bundle of a module of such an application. */
export async function bundleModule(bundler: Bundler, source: string): Promise<Bundle> {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'dreamlip-size-')))
  try {
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(resolve('.'), join(project, 'node_modules/dreamlip'), 'junction')
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'application', private: true, type: 'module' }))
    writeFileSync(join(project, 'app.js'), source)
    return await bundlers[bundler](project)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

/** Follows static imports from the entry. */
function measure({ entry, chunks }: Bundle): BundleSize {
  const reached = new Set([entry])
  for (const name of reached) chunks.get(name)?.imports.forEach((imported) => reached.add(imported))
  const codes = [...reached].flatMap((name) => chunks.get(name)?.code ?? [])
  return {
    bytes: codes.reduce((sum, code) => sum + gzipSync(code).length, 0),
    packages: [...reached].filter((name) => !chunks.has(name)),
    emitted: [...chunks.values()].reduce((sum, { code }) => sum + code.length, 0),
  }
}

async function withESBuild(project: string): Promise<Bundle> {
  const { outputFiles, metafile } = await esbuild({
    entryPoints: [join(project, 'app.js')],
    absWorkingDir: project,
    outdir: join(project, 'out'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'error',
    external: ['@tensorflow/*', 'onnxruntime-web/*'],
  })
  const codes = new Map(outputFiles.map(({ path, text }) => [path, text]))
  const chunks = Object.entries(metafile.outputs).map(([path, { imports }]) => {
    const loaded = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path.replace('out/', ''))
    return [path.replace('out/', ''), { code: codes.get(join(project, path))!, imports: loaded }] as const
  })
  return { entry: 'app.js', chunks: new Map(chunks) }
}

async function withRollup(project: string): Promise<Bundle> {
  const bundle = await rollup({
    input: join(project, 'app.js'),
    external,
    plugins: [nodeResolve({ browser: true }), commonjs()],
    onwarn: () => undefined,
  })
  const { output } = await bundle.generate({ format: 'es' })
  await bundle.close()
  const chunks = output.filter((part) => part.type === 'chunk')
  const minified = chunks.map(
    async ({ fileName, code, imports }) =>
      [fileName, { code: (await transform(code, { minify: true })).code, imports }] as const, // Rollup itself does not minify
  )
  return { entry: chunks.find(({ isEntry }) => isEntry)!.fileName, chunks: new Map(await Promise.all(minified)) }
}

async function withVite(project: string): Promise<Bundle> {
  const result = await vite({
    root: project,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: { input: join(project, 'app.js'), preserveEntrySignatures: 'strict', external },
    },
  })
  const [{ output }] = (Array.isArray(result) ? result : [result]) as [{ output: ViteOutput[] }]
  const chunks = output.filter(({ type }) => type === 'chunk')
  const named = chunks.map(({ fileName, code, imports }) => [fileName, { code, imports }] as const)
  return { entry: chunks.find(({ isEntry }) => isEntry)!.fileName, chunks: new Map(named) }
}

/** The part of Vite's result that is used. */
interface ViteOutput extends Chunk {
  readonly type: string
  readonly fileName: string
  readonly isEntry: boolean
}

/** webpack puts all code that loads at once into one file. */
async function withWebpack(project: string): Promise<Bundle> {
  const compiler = webpack({
    mode: 'production',
    context: project,
    entry: './app.js',
    target: 'web',
    externalsType: 'module',
    externals: external,
    experiments: { outputModule: true },
    output: {
      path: join(project, 'out'),
      filename: 'app.js',
      chunkFilename: 'chunk-[id].js',
      module: true,
      library: { type: 'module' },
    },
    performance: false,
  })
  await new Promise<void>((done, fail) => {
    compiler.run((error, stats) => {
      if (error || stats?.hasErrors()) fail(error ?? new Error(stats!.toString({ all: false, errors: true })))
      else compiler.close(() => done())
    })
  })
  const chunks = readdirSync(join(project, 'out')).map((name) => {
    const code = readFileSync(join(project, 'out', name), 'utf8')
    const imports = [...code.matchAll(/from ?"(@tensorflow[^"]*)"/g)].map(([, name]) => name!)
    return [name, { code, imports }] as const
  })
  return { entry: 'app.js', chunks: new Map(chunks) }
}
