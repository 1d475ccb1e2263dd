/** Builds dist/standalone: ES modules for pages without a bundler, with TensorFlow.js inside. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const folder = 'dist/browser'

/**
 * The entries for pages. Losses, training and compiled functions are excluded, because they work on tensors that a page creates
 * with its own TensorFlow.js.
 */
const entries = ['model', 'tokenizer', 'images', 'drawing', 'checkpoint']

/** Uses the browser build's files for code that does not need TensorFlow.js, so that they are packed only once. */
export async function buildStandalone(): Promise<void> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'))
  await build({
    entryPoints: { dreamlip: 'all-entries', 'model-worker': resolve(folder, 'model-worker.js') },
    outdir: 'dist/standalone',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
    // Without ONNX Runtime in an import map, models run on WebAssembly.
    external: ['onnxruntime-web/*', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-backend-webgl'],
    plugins: [allEntries, shareFiles(withPackages(files)), withoutThreads],
  })
}

const allEntries: Plugin = {
  name: 'all-entries',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^all-entries$/ }, ({ path }) => ({ path, namespace: 'all-entries' }))
    onLoad({ filter: /.*/, namespace: 'all-entries' }, () => ({
      contents: entries.map((entry) => `export * from './${entry}.js'`).join('\n'),
      resolveDir: resolve(folder),
    }))
  },
}

/** The files that import packages, or other such files, at once, on demand or in a worker. */
function withPackages(files: readonly string[]): ReadonlySet<string> {
  const imports = new Map(files.map((file) => [file, importsOf(readFileSync(join(folder, file), 'utf8'))]))
  const found = new Set<string>()
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const [file, names] of imports) {
      if (names.some((name) => !name.startsWith('./') || found.has(name.slice(2)))) found.add(file)
    }
  }
  return found
}

function importsOf(code: string): string[] {
  return [...code.matchAll(/(?:\bfrom|\bimport\(?|\bnew URL\()"([@.\w][^"\s]*)"/g)].map(([, name]) => name!)
}

function shareFiles(own: ReadonlySet<string>): Plugin {
  return {
    name: 'share-files',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\// }, ({ path, resolveDir }) => {
        const isShared =
          basename(resolveDir) === 'browser' && basename(dirname(resolveDir)) === 'dist' && !own.has(basename(path))
        return isShared ? { path: `../browser/${basename(path)}`, external: true } : undefined
      })
    },
  }
}

/** TensorFlow.js's WASM backend with threads, which dreamlip never starts (see src/runtime/eager/wasm-backend.browser.ts). */
const withoutThreads: Plugin = {
  name: 'without-threads',
  setup({ onLoad }) {
    onLoad({ filter: /wasm-out[\\/]tfjs-backend-wasm-threaded-simd[.\w]*\.js$/ }, () => ({
      contents: 'export default undefined; export const wasmWorkerContents = undefined',
    }))
  },
}
