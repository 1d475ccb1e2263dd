/** The builds: the library and the command line for Node (ESM, and the library as CJS too), the library for browsers (ESM). */
import { rmSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'
import { optionalDependencies } from './package.json'

// Chunks of earlier builds must not be packed; tsup's own `clean` would run once a build, into the others' output.
rmSync('dist', { recursive: true, force: true })

/** Subpath imports (`#images/decode`) resolve to the file of the platform, so that neither build holds the other's code. */
function forPlatform(platform: 'node' | 'browser'): Options {
  return {
    platform,
    target: 'es2022',
    sourcemap: true,
    removeNodeProtocol: false,
    external: Object.keys(optionalDependencies),
    esbuildOptions(options) {
      options.conditions = [platform]
    },
  }
}

const forNode = {
  ...forPlatform('node'),
  // tfjs's gradients are ES modules in a package of CommonJS, which Node cannot load.
  noExternal: ['@tensorflow/tfjs-core/dist/register_all_gradients.js'],
} satisfies Options

/** Worker threads run a file, which lies beside the chunk that starts them under the name that it has in the source. */
const worker = {
  'preprocess-worker.node': 'src/images/preprocess/preprocess-worker.node.ts',
  'prepare-worker.node': 'src/data/loader/prepare-worker.node.ts',
  'parquet-worker.node': 'src/data/readers/parquet/parquet-worker.node.ts',
}

export default defineConfig([
  {
    ...forNode,
    // One build, so that the command line shares the library's code instead of holding a copy.
    entry: { index: 'src/index.node.ts', cli: 'src/cli/main.ts', ...worker },
    format: 'esm',
    splitting: true,
    dts: { entry: { index: 'src/index.node.ts' } },
  },
  {
    ...forNode,
    // Its threads run the other build's files.
    entry: { index: 'src/index.node.ts' },
    format: 'cjs',
    shims: true, // for import.meta.url
    dts: { entry: { index: 'src/index.node.ts' } },
    esbuildOptions(options) {
      options.conditions = ['node']
      // Jest refuses `import()` in CommonJS: it becomes `require`.
      options.supported = { 'dynamic-import': false }
    },
  },
  {
    ...forPlatform('browser'),
    entry: { index: 'src/index.ts' },
    outDir: 'dist/browser',
    format: 'esm',
    splitting: true,
    tsconfig: 'tsconfig.browser.json',
    dts: { entry: { index: 'src/index.ts' } },
    // TensorFlow.js's WASM binary and the embedded model are chunks: src/runtime/eager/wasm-backend.browser.ts says why.
    noExternal: [/\.wasm$/],
    loader: { '.wasm': 'binary', '.safetensors': 'binary' },
  },
])
