/** The table in docs/bundle-sizes.md: what each entry of the built package adds to a page. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { exports } from '../package.json'
import { bundleSize } from './measure-bundle'

/** Sizes in kilobytes (1000 bytes), gzipped, by what is imported or loaded. */
export type Sizes = Readonly<Record<string, number>>

const names = ['Tokenizer', 'preprocessImage', 'readCheckpoint', 'contrastiveLoss', 'DreamLIP']

/** Files that load on demand: the start of the file's name in dist/browser, and when it loads. */
const onDemand: Readonly<Record<string, string>> = {
  'vocabulary.': 'vocabulary: `Tokenizer.load()`, the first text that a model encodes',
  'words-': 'tables of characters and text cleaning: with the vocabulary',
  'tfjs-backend-wasm-simd-': "TensorFlow.js's WebAssembly binary: a model on `wasm` without onnxruntime-web",
  'emoji-scenes.': 'the small model: `DreamLIP.load()` without an argument',
}

/** What a page downloads at once for a whole entry, or for single names from `dreamlip`. */
export async function measureEntries(): Promise<Sizes> {
  const entries = Object.keys(exports).filter((entry) => entry !== './package.json')
  const sources = [
    ...entries.map((entry) => `import * from '${entry.replace('.', 'dreamlip')}'`),
    ...names.map((name) => `import { ${name} } from 'dreamlip'`),
  ]
  const sizes: Record<string, number> = {}
  for (const source of sources) {
    const { bytes } = await bundleSize('esbuild', source.replace('import', 'export'))
    sizes[`\`${source}\``] = bytes / 1000
  }
  return sizes
}

export function measureOnDemand(): Sizes {
  const folder = 'dist/browser'
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'))
  return Object.fromEntries(
    Object.entries(onDemand).map(([start, name]) => {
      const file = files.find((file) => file.startsWith(start))!
      return [name, gzipSync(readFileSync(join(folder, file))).length / 1000]
    }),
  )
}

/** The page, as Markdown. */
export function bundleSizesPage(entries: Sizes, onDemand: Sizes): string {
  return `# Bundle sizes

This table shows how much each part of dreamlip adds to a web page. TensorFlow.js (\`@tensorflow/tfjs-core\` and one backend) is not
included. The sizes are those of esbuild with \`--bundle --splitting --minify\`, compressed with gzip, in kB (1,000 bytes). Vite, webpack
and Rollup give similar sizes. A test compares the table with the build; \`npx tsx scripts/bundle-sizes.ts\` writes it after \`npm run build\`.

Importing a name from \`dreamlip\` costs as much as importing it from its own entry: bundlers leave the rest out.

| import | kB |
| --- | ---: |
${rows(entries)}

These parts load only when they are needed, and only once:

| part, and what loads it | kB |
| --- | ---: |
${rows(onDemand)}

Readers for PyTorch files, the export to ONNX, saving to PyTorch files and \`selfCheck()\` also load on demand.
`
}

function rows(sizes: Sizes): string {
  return Object.entries(sizes)
    .map(([name, size]) => `| ${name} | ${size < 100 ? size.toFixed(1) : Math.round(size)} |`)
    .join('\n')
}

/** The sizes in a page. */
export function sizesIn(page: string): Sizes {
  return Object.fromEntries(
    [...page.matchAll(/^\| (.+) \| ([\d.]+) \|$/gm)].map(([, name, size]) => [name!, Number(size)]),
  )
}
