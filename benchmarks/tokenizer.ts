/** Texts per second from string to token ids, compared with open_clip's tokenizer in Python. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tokenizer } from '../src/index'
import { median, pythonHas, runPeer } from './python'

const rounds = 5

/** 20,000 English captions of 8 to 40 words, and a tenth with accents, quotes or entities, which need the slow path. */
function captions(): string[] {
  const words =
    'a the cat dog street photo of red bus table woman standing near window wooden light sky people two hat green'
  const pool = words.split(' ')
  const oddities = ['café', '“grand”', 'R&amp;D', 'naïve', '3.5-inch', 'it’s', '☕️', 'schÃ¶n']
  let state = 1
  const next = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
  return Array.from({ length: 20_000 }, (_, i) => {
    const text = Array.from({ length: 8 + next(32) }, () => pool[next(pool.length)]!)
    if (i % 10 === 0) text[next(text.length)] = oddities[next(oddities.length)]!
    return text.join(' ') + '.'
  })
}

/** The same captions through both tokenizers, in turn. */
export async function tokenizerBenchmark(): Promise<void> {
  const texts = captions()
  console.log(`tokenizer: ${texts.length} captions a round, median of ${rounds} rounds`)
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  const file = join(folder, 'captions.json')
  writeFileSync(file, JSON.stringify(texts))
  try {
    const peer = await pythonHas(['open_clip_import', 'ftfy', 'regex'])
    const ours: number[] = []
    const theirs: number[] = []
    const tokenizer = await Tokenizer.load()
    tokenizer.tokenize(texts.slice(0, 1000))
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      tokenizer.tokenize(texts)
      ours.push((1000 * texts.length) / (performance.now() - start))
      if (peer) theirs.push((await runPeer<{ perSecond: number }>('tokenizer', [file])).perSecond)
    }
    console.log(`  dreamlip            ${median(ours).toFixed(0)} texts/s`)
    if (!peer) return
    console.log(`  open_clip (Python)  ${median(theirs).toFixed(0)} texts/s`)
    console.log(`  ratio               ${median(ours.map((value, i) => value / theirs[i]!)).toFixed(2)}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
