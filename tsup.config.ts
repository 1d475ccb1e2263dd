/** The builds: the library and the command line for Node (ESM, and the library as CJS too), the library for browsers (ESM). */
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { deflateSync } from 'node:zlib'
import { transform } from 'esbuild'
import { defineConfig, type Options } from 'tsup'
import { optionalDependencies } from './package.json'

// Chunks of earlier builds must not be packed; tsup's own `clean` would run once per build, and delete the output of the others.
rmSync('dist', { recursive: true, force: true })

/** Binary files become modules of packed text, which `src/unpack.ts` unpacks: every bundler and every server can deliver modules. */
const packBinaries: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'pack-binaries',
  setup(build) {
    build.onLoad({ filter: /\.(?:wasm|safetensors)$/ }, async ({ path }) => packedModule(await readFile(path)))
  },
}

function packedModule(bytes: Uint8Array) {
  const packed = deflateSync(bytes, { level: 9 }).toString('base64')
  return { contents: `export default "${packed}"`, loader: 'js' } as const
}

/** The browser build's copies of the vocabulary and of the tables of characters serve Node's ES modules too. */
const shareVocabulary: typeof packBinaries = {
  name: 'share-vocabulary',
  setup(build) {
    build.onResolve({ filter: /^\.\/words$/ }, () => ({ path: './browser/words.js', external: true }))
    build.onResolve({ filter: /\/tables\/vocabulary$/ }, () => ({ path: './browser/vocabulary.js', external: true }))
  },
}

/** The CommonJS build reads the vocabulary from the browser build's file: scripts/finish-build.ts writes the module that does. */
const shareVocabularyFile: typeof packBinaries = {
  name: 'share-vocabulary-file',
  setup(build) {
    build.onResolve({ filter: /\/tables\/vocabulary$/ }, () => ({ path: './vocabulary.cjs', external: true }))
  },
}

/**
 * esbuild imports every chunk that a module can reach, to keep the order of side effects. Chunks have none, so a page need not load
 * those that a module takes nothing from.
 */
const dropBareImports: NonNullable<Options['plugins']>[number] = {
  name: 'drop-bare-imports',
  renderChunk: (code) => ({ code: code.replace(/import"\.\/chunk-\w+\.c?js";/g, '') }),
}

/**
 * `index` is written as a list of the other entries' files, so that a bundler that needs one of them does not reach what only the others
 * need. It is built from the whole source all the same: what two entries reach goes into chunks, so the entries' own files hold nothing
 * but exports, and a bundler that needs one export does not reach what only the others need. The class `DreamLIP` has a file of its own:
 * esbuild also loads what the file that exports a name imports for its other names.
 */
const keepEntriesApart: typeof dropBareImports = {
  name: 'keep-entries-apart',
  renderChunk(_, { path }) {
    if (basename(path) !== 'index.js') return undefined
    const entries = [...readFileSync('src/index.ts', 'utf8').matchAll(/'\.\/entries\/(\w+)'/g)]
    return {
      code: ['dreamlip', ...entries.map(([, name]) => name)].map((name) => `export*from"./${name}.js";`).join(''),
    }
  },
}

/** Jest refuses `import()` in CommonJS: it becomes `require`. */
const toCommonJS: typeof dropBareImports = {
  name: 'to-commonjs',
  async renderChunk(code, { path }) {
    const banner = 'const moduleUrl=require("node:url").pathToFileURL(__filename).href;'
    return transform(code, {
      format: 'cjs',
      platform: 'node',
      supported: { 'dynamic-import': false },
      define: { 'import.meta.url': 'moduleUrl' },
      minifyWhitespace: true,
      minifyIdentifiers: basename(path) === 'tfjs-gradients.cjs', // not our code: nobody looks for its names in a stack trace
      ...(code.includes('import.meta.url') && { banner }),
    })
  },
}

/** `Symbol.dispose` and `Symbol.asyncDispose`, which the types of models name. */
const disposable = '/// <reference lib="esnext.disposable" />'

/** Subpath imports (`#images/decode`) resolve to the file of the platform, so that neither build holds the other's code. */
function forPlatform(platform: 'node' | 'browser'): Options {
  return {
    platform,
    target: 'es2022',
    removeNodeProtocol: false,
    plugins: [dropBareImports],
    external: Object.keys(optionalDependencies),
    esbuildOptions(options) {
      options.conditions = [platform]
      // Names stay, so that the stack traces of users can be read.
      options.minifyWhitespace = options.minifySyntax = true
    },
  }
}

const tfjsGradients = '@tensorflow/tfjs-core/dist/register_all_gradients.js'

/** tfjs's gradients are ES modules in a package of CommonJS, which Node cannot load. They are bundled once, for both of Node's builds. */
const shareGradients: typeof packBinaries = {
  name: 'share-gradients',
  setup(build) {
    build.onResolve({ filter: /register_all_gradients\.js$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './tfjs-gradients.cjs', external: true },
    )
  },
}

const forNode = {
  ...forPlatform('node'),
  noExternal: [tfjsGradients],
} satisfies Options

/**
 * What applications import: `dreamlip`, and `dreamlip/NAME` for each NAME.ts in src/entries (package.json lists them in `exports`).
 * Where there is a NAME.node.ts, Node gets that.
 */
function library(platform: 'node' | 'browser'): Record<string, string> {
  const files = [
    'src/index.ts',
    'src/index.node.ts',
    ...readdirSync('src/entries').map((file) => `src/entries/${file}`),
  ]
  const isForNode = (file: string) => file.endsWith('.node.ts')
  const chosen = files.filter((file) => platform === 'node' || !isForNode(file))
  // Of two files with one name the later one counts.
  const sorted = [...chosen.filter((file) => !isForNode(file)), ...chosen.filter(isForNode)]
  return Object.fromEntries(sorted.map((file) => [basename(file).split('.')[0]!, file]))
}

/**
 * Files without TensorFlow.js that only `dreamlip/training` reaches. As files of the build, they stay out of its chunks, which import
 * TensorFlow.js: an application that imports one of these pays for nothing else.
 */
const lightTraining = {
  schedule: 'src/training/optimizer/schedule.ts',
  'adamw-scalars': 'src/training/optimizer/adamw-scalars.ts',
  'progress-line': 'src/training/log/progress-line.ts',
}

/** Worker threads run a file, which lies beside the chunk that starts them under the name that it has in the source. */
const modelWorker = { 'model-worker.node': 'src/inference/engine/worker/model-worker.node.ts' }
const worker = {
  ...modelWorker,
  'preprocess-worker.node': 'src/images/preprocess/preprocess-worker.node.ts',
  'prepare-worker.node': 'src/data/loader/prepare/prepare-worker.node.ts',
  'search-worker.node': 'src/search/vectors/scan/search-worker.node.ts',
  'parquet-worker.node': 'src/data/readers/parquet/parquet-worker.node.ts',
}

export default defineConfig([
  {
    ...forNode,
    // One build, so that the command line shares the library's code instead of holding a copy.
    entry: { ...library('node'), cli: 'src/cli/main.ts', ...worker },
    format: 'esm',
    splitting: true,
    esbuildPlugins: [shareVocabulary, shareGradients],
    dts: { entry: { ...library('node'), ...modelWorker }, banner: disposable },
  },
  {
    ...forNode,
    // Its threads run the other build's files.
    entry: { ...library('node'), ...modelWorker, 'tfjs-gradients': `node_modules/${tfjsGradients}` },
    esbuildPlugins: [shareVocabularyFile, shareGradients],
    format: 'esm', // tsup's own CommonJS is one file an entry, each with its own copy of every class
    splitting: true,
    outExtension: () => ({ js: '.cjs' }),
    plugins: [dropBareImports, toCommonJS],
  },
  { entry: { ...library('node'), ...modelWorker }, format: 'cjs', dts: { only: true, banner: disposable } },
  {
    ...forPlatform('browser'),
    entry: {
      ...library('browser'),
      ...lightTraining,
      dreamlip: 'src/dreamlip.ts',
      'model-worker': 'src/inference/engine/worker/model-worker.browser.ts',
      // Under names of their own, because Node's builds look for them: they are packed once.
      'emoji-scenes': 'assets/emoji-scenes.safetensors',
      vocabulary: 'src/tokenizer/tables/vocabulary.ts',
      words: 'src/tokenizer/words.ts',
      'tfjs-wasm': 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    },
    outDir: 'dist/browser',
    format: 'esm',
    splitting: true,
    tsconfig: 'tsconfig.browser.json',
    dts: {
      entry: { ...library('browser'), 'model-worker': 'src/inference/engine/worker/model-worker.browser.ts' },
      banner: disposable,
    },
    noExternal: [/\.wasm$/],
    esbuildPlugins: [packBinaries],
    plugins: [dropBareImports, keepEntriesApart],
  },
  {
    // The page of `serveIndex`, as the files that the server sends.
    entry: { page: 'src/search/server/page/page.ts' },
    outDir: 'dist/search-page',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    tsconfig: 'tsconfig.browser.json',
    publicDir: 'src/search/server/page/public',
  },
])
