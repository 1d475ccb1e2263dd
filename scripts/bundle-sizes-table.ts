/** The table in docs/bundle-sizes.md: the bytes that each entry of the built package adds to a page. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { exports } from '../package.json'
import { bundlers, bundleSize, type Bundler } from './measure-bundle'
import { measurePage, type PageSize } from './measure-page'

/** Sizes in kilobytes (1000 bytes), gzipped, by what is imported or loaded: one number per bundler, or a single number. */
export type Sizes = Readonly<Record<string, readonly number[]>>

export const allBundlers = Object.keys(bundlers) as Bundler[]

/** The other two bundlers take minutes for all entries. */
const quickBundlers: readonly Bundler[] = ['esbuild', 'Vite']

const names = ['Tokenizer', 'preprocessImage', 'readCheckpoint', 'contrastiveLoss', 'DreamLIP']

/** Files that load on demand: the beginning of the name in dist/browser, and when the file loads. */
const onDemand: Readonly<Record<string, string>> = {
  'vocabulary.': 'vocabulary: `Tokenizer.load()`, the first text that a model encodes',
  'words.': 'tables of characters and text cleaning: with the vocabulary',
  'tfjs-wasm.': "TensorFlow.js's WebAssembly binary: a model on `wasm` without onnxruntime-web",
  'emoji-scenes.': 'the small model: `DreamLIP.load()` without an argument',
}

/** The bytes that a page downloads at once for single names from `dreamlip`. */
export async function measureNames(): Promise<Sizes> {
  return measureSources(
    names.map((name) => `import { ${name} } from 'dreamlip'`),
    allBundlers,
  )
}

/** The bytes that a page downloads at once for whole entries. */
export async function measureEntries(): Promise<Sizes> {
  const entries = Object.keys(exports).filter((entry) => !['./package.json', './worker'].includes(entry)) // a page imports neither
  return measureSources(
    entries.map((entry) => `import * from '${entry.replace('.', 'dreamlip')}'`),
    quickBundlers,
  )
}

async function measureSources(sources: readonly string[], chosen: readonly Bundler[]): Promise<Sizes> {
  const sizes: Record<string, number[]> = {}
  for (const source of sources) {
    const row: number[] = []
    for (const bundler of chosen) row.push((await bundleSize(bundler, source.replace('import', 'export'))).bytes / 1000)
    sizes[`\`${source}\``] = row
  }
  return sizes
}

/** The bytes that a page downloads until it has embedded an image, and the number of files. */
export async function measurePages(): Promise<Sizes> {
  const pages: PageSize[] = []
  for (const bundler of allBundlers) pages.push(await measurePage(bundler))
  return { 'kB, gzipped': pages.map(({ bytes }) => bytes / 1000), files: pages.map(({ files }) => files) }
}

export function measureOnDemand(): Sizes {
  const folder = 'dist/browser'
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'))
  return Object.fromEntries(
    Object.entries(onDemand).map(([start, name]) => {
      const file = files.find((file) => file.startsWith(start))!
      return [name, [gzipSync(readFileSync(join(folder, file))).length / 1000]]
    }),
  )
}

/** Everything that the page lists. */
export interface Measured {
  readonly pages: Sizes
  readonly names: Sizes
  readonly entries: Sizes
  readonly onDemand: Sizes
}

/** The page, as Markdown. */
export function bundleSizesPage({ pages, names, entries, onDemand }: Measured): string {
  return `# Bundle sizes

These tables show how much dreamlip adds to a web page. TensorFlow.js (\`@tensorflow/tfjs-core\` and one backend) is not included.
Sizes are minified and compressed with gzip, file by file, in kB (1,000 bytes). A test compares the tables with the build;
\`npx tsx scripts/bundle-sizes.ts\` writes them after \`npm run build\`.

## To embed an image

All code of dreamlip that a page downloads to load a safetensors model from an address and embed an image, including parts that load
on demand. It is measured in Chromium, with a server that counts the bytes. For PyTorch files, weights in the layout of Hugging Face and
files without a config, the page loads more.

${table(['', ...allBundlers], pages)}

## Single names

The code that a page downloads at once. The rest loads when a method needs it. Bundlers leave out what you do
not import. With esbuild, import from the part's own entry: \`readCheckpoint\` costs half as much from \`dreamlip/checkpoint\` as from
\`dreamlip\`. From \`dreamlip\` itself, esbuild also imports TensorFlow.js for every name
of \`dreamlip/models\` and \`dreamlip/training\`. With the other bundlers, both cost the same. Only names that compute with TensorFlow.js import TensorFlow.js: the losses, \`compile\`, \`Trainer\`,
\`dreamLIPLoss\` and the functions of \`dreamlip/models\`. \`DreamLIP\` imports it with the first model.

${table(['import', ...allBundlers], names)}

## Whole entries

The code that a page downloads at once if it uses everything in an entry.

${table(['import', ...quickBundlers], entries)}

## Parts that load on demand

These load only when they are needed, and only once:

${table(['part, and what loads it', 'kB'], onDemand)}

Readers for PyTorch files and for other layouts of weights, decoders for GIF and BMP, texts, dense maps, the export to ONNX, saving and
\`selfCheck()\` also load on demand.

## Files that nothing loads

esbuild writes a file for every part of \`dreamlip\` that could load on demand, even if your application cannot reach it. For
\`import { Tokenizer } from 'dreamlip'\` these are 4 MB of files that no page ever downloads. Import from the part's own entry, such as
\`dreamlip/tokenizer\`, and esbuild writes what that part needs (0.3 MB with the vocabulary). Vite, Rollup and webpack write no unused
files in either case.

## One file

Without \`--splitting\`, esbuild puts everything that could load on demand into one file, also with \`--format=iife\`. All functions work
in a page. \`import { DreamLIP } from 'dreamlip'\` then takes 4.3 MB in addition to TensorFlow.js: 3.5 MB for the small model, 0.2 MB for the
vocabulary and 0.2 MB for TensorFlow.js's WebAssembly binary, among others. \`--external\` leaves the model out:

\`\`\`sh
npx esbuild app.js --bundle --minify --format=iife --outfile=app.iife.js '--external:*/emoji-scenes.js'
\`\`\`

The page then looks for \`emoji-scenes.js\` next to the bundle, but only if you call \`DreamLIP.load()\` without an argument. Copy it there
from \`node_modules/dreamlip/dist/browser\` if you do.
`
}

function table(head: readonly string[], sizes: Sizes): string {
  const rows = Object.entries(sizes).map(([name, row]) => [name, ...row.map(shown)])
  const alignment = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, alignment, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function shown(size: number): string {
  return size < 100 && !Number.isInteger(size) ? size.toFixed(1) : String(Math.round(size))
}

/** The sizes in a page. */
export function sizesIn(page: string): Sizes {
  const rows = [...page.matchAll(/^\| (.+?) \|((?: [\d.]+ \|)+)$/gm)]
  return Object.fromEntries(rows.map(([, name, cells]) => [name!, cells!.match(/[\d.]+/g)!.map(Number)]))
}
