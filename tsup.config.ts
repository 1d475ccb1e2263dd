/** The builds: one for Node (ESM and CJS), one for browsers (ESM), one for the command line. */
import { defineConfig, type Options } from 'tsup'

const shared: Options = {
  target: 'es2022',
  sourcemap: true,
  treeshake: true,
  splitting: false,
}

/** Subpath imports (`#images/decode`) resolve to the file of the platform, so that neither build holds the other's code. */
function forPlatform(conditions: string[]): Options {
  return {
    ...shared,
    esbuildOptions(options) {
      options.conditions = conditions
    },
  }
}

export default defineConfig([
  {
    ...forPlatform(['node']),
    entry: { index: 'src/index.ts' },
    platform: 'node',
    format: ['esm', 'cjs'],
    dts: true,
  },
  {
    ...forPlatform(['browser']),
    entry: { 'index.browser': 'src/index.ts' },
    platform: 'browser',
    format: ['esm'],
  },
  {
    ...forPlatform(['node']),
    entry: { cli: 'src/cli/main.ts' },
    platform: 'node',
    format: ['esm'],
    external: ['dreamlip'],
  },
])
