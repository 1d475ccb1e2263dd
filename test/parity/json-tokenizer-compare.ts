/**
 * Compares the token ids of tokenizers of SigLIP's and SigLIP 2's kinds with Python's, on at least 20,000 captions, and prints the
 * number of equal ones. The captions come from the files, or are made by cutting and joining their sentences.
 *
 *     npx tsx --import ./scripts/tfjs-modules.mjs test/parity/json-tokenizer-compare.ts CAPTIONS.json ...   (PYTHON needs tokenizers)
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../../src/random'
import { loadJSONTokenizer } from '../../src/tokenizer/json-tokenizer'

const total = 20_000

/** Every text under the key `caption`, at any depth. */
function captionsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return key === 'caption' ? [value] : []
  if (Array.isArray(value)) return value.flatMap((each) => captionsIn(each, key))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => captionsIn(each, name))
}

/** Sentences of several captions, some cut at any character. */
function madeOf(captions: readonly string[], count: number): string[] {
  const random = createRandom(1)
  const below = (length: number) => Math.floor(random.uniform() * length)
  const sentences = captions.flatMap((caption) => caption.split(/(?<=[.!?])\s+/))
  const piece = () => {
    const sentence = sentences[below(sentences.length)]!
    return random.uniform() < 0.5 ? sentence : sentence.slice(below(sentence.length))
  }
  return Array.from({ length: count }, () => Array.from({ length: 1 + below(6) }, piece).join(' '))
}

const real = process.argv.slice(2).flatMap((file) => captionsIn(JSON.parse(readFileSync(file, 'utf8'))))
const captions = [...real, ...madeOf(real, Math.max(0, total - real.length))]
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-captions-'))
const file = (name: string) => join(folder, name)
const readJSON = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'))
try {
  writeFileSync(file('captions.json'), JSON.stringify(captions))
  const script = fileURLToPath(new URL('json-tokenizers.py', import.meta.url))
  execFileSync(process.env.PYTHON ?? 'python3', [script, folder, file('captions.json')], { stdio: 'inherit' })
  for (const [kind, options] of [
    ['unigram', { cleaning: 'siglip', padId: 1 }],
    ['gemma', { cleaning: 'lower-only', padId: 0 }],
  ] as const) {
    const source = { name: kind, tokenizer: readJSON(`${kind}/tokenizer.json`) }
    const tokenizer = await loadJSONTokenizer(source, { contextLength: 64, vocabularySize: 2000, ...options })
    const expected = readJSON(`${kind}.json`) as number[][]
    const { ids } = tokenizer.tokenize(captions)
    const equal = captions.filter((_, i) => expected[i]!.every((id, at) => ids[i * 64 + at] === id)).length
    console.log(`${kind}: ${equal} of ${captions.length} captions equal (${real.length} of them real)`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
