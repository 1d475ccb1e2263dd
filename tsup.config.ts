/** The builds: the library and the command line for Node (ESM, and the library as CJS too), the library for browsers (ESM). */
import { defineConfig, type Options } from 'tsup'

/** Subpath imports (`#images/decode`) resolve to the file of the platform, so that neither build holds the other's code. */
function forPlatform(platform: 'node' | 'browser'): Options {
  return {
    platform,
    target: 'es2022',
    sourcemap: true,
    esbuildOptions(options) {
      options.conditions = [platform]
    },
  }
}

export default defineConfig([
  {
    ...forPlatform('node'),
    // One build, so that the command line shares the library's code instead of holding a copy.
    entry: { index: 'src/index.ts', cli: 'src/cli/main.ts' },
    format: 'esm',
    splitting: true,
    dts: { entry: { index: 'src/index.ts' } },
  },
  {
    ...forPlatform('node'),
    entry: { index: 'src/index.ts' },
    format: 'cjs',
    dts: true,
  },
  {
    ...forPlatform('browser'),
    entry: { index: 'src/index.ts' },
    outDir: 'dist/browser',
    format: 'esm',
    splitting: true,
    // TensorFlow.js's WASM binary travels inside the package: src/runtime/wasm-backend.browser.ts says why.
    noExternal: [/\.wasm$/],
    loader: { '.wasm': 'binary' },
  },
])
