/**
 * Compares a table from test/parity/tokenizer.py with this package's ids, and prints how many captions are equal.
 *
 *     npx tsx test/parity/tokenizer-compare.ts OUT.jsonl
 *     npx tsx test/parity/tokenizer-compare.ts OUT.jsonl --sample 1500 > test/fixtures/tokenizer/captions.jsonl
 */
import { readFileSync } from 'node:fs'
import { Tokenizer } from '../../src/tokenizer/tokenizer'

const [file, flag, size] = process.argv.slice(2)
const lines = readFileSync(file!, 'utf8').trimEnd().split('\n')

if (flag === '--sample') {
  const short = lines.filter((line) => line.length < 700)
  const step = Math.floor(short.length / Number(size))
  console.log(short.filter((_, i) => i % step === 0).join('\n'))
} else {
  const tokenizer = await Tokenizer.load()
  const different = lines
    .map((line) => JSON.parse(line) as { text: string; ids: number[] })
    .filter(({ text, ids }) => tokenizer.encode(text).join() !== ids.join())
  for (const { text, ids } of different.slice(0, 20)) {
    console.log(JSON.stringify(text))
    console.log('  Python ', JSON.stringify(tokenizer.decode(ids)))
    console.log('  here   ', JSON.stringify(tokenizer.decode(tokenizer.encode(text))))
  }
  const equal = lines.length - different.length
  console.log(`${equal} of ${lines.length} captions equal (${((100 * equal) / lines.length).toFixed(3)} %)`)
}
