/**
 * Builds the data set EmojiScenes, offline. The same options give the same bytes.
 *
 *     npm run build -w emoji-scenes -- --train 20000 --test 1000 --size 64 --seed 0 --out .cache/emoji-scenes
 *     npm run build -w emoji-scenes -- --splits varied --train 60000 --size 72 --out .cache/emoji
 *     npm run build -w emoji-scenes -- --preview emoji-scenes/contact-sheet.png
 *     npm run build -w emoji-scenes -- --examples examples/scenes
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawContactSheet } from './data-set/contact-sheet'
import { writeExampleScenes } from './data-set/example-scenes'
import { createIcons } from './icons/icons'
import { splits, type SplitName } from './data-set/samples'
import { writeSplit } from './data-set/write-split'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: '.cache/emoji-scenes' },
    splits: { type: 'string', default: 'train,validation,held-out-styles,held-out-emoji' },
    train: { type: 'string', default: '20000' },
    test: { type: 'string', default: '1000' },
    size: { type: 'string', default: '64' },
    seed: { type: 'string', default: '0' },
    preview: { type: 'string' },
    examples: { type: 'string' },
  },
})

function wholeNumber(name: 'train' | 'test' | 'size' | 'seed', least: number): number {
  const value = Number(options[name])
  if (Number.isInteger(value) && value >= least) return value
  throw new Error(`--${name}: expected a whole number of at least ${least}; got ${options[name]}.`)
}

function splitsAsked(): SplitName[] {
  const names = options.splits.split(',')
  const unknown = names.find((name) => !(name in splits))
  if (unknown !== undefined) {
    throw new Error(`--splits: expected some of ${Object.keys(splits).join(', ')}; got ${unknown}.`)
  }
  return names as SplitName[]
}

async function main(): Promise<void> {
  const [size, seed] = [wholeNumber('size', 8), wholeNumber('seed', 0)]
  const icons = createIcons()
  if (options.preview !== undefined) {
    await writeFile(options.preview, await drawContactSheet(seed, icons))
    console.log(options.preview)
    return
  }
  if (options.examples !== undefined) {
    await writeExampleScenes(options.examples, icons)
    console.log(options.examples)
    return
  }
  for (const split of splitsAsked()) {
    const samples = wholeNumber(splits[split].truth ? 'test' : 'train', 1)
    const began = performance.now()
    await writeSplit(join(options.out, split), { split, samples, size, seed, samplesPerShard: 1000 }, icons, (done) =>
      showProgress(split, done, samples),
    )
    const seconds = (performance.now() - began) / 1000
    console.log(`${process.stdout.isTTY ? '\r' : ''}${split.padEnd(16)}${samples} samples, ${seconds.toFixed(1)} s   `)
  }
  const [first] = splitsAsked()
  console.log(`Written to ${options.out}. Open it with LongCaptionDataset.open('${options.out}/${first}/shard-*.tar').`)
}

function showProgress(split: string, done: number, samples: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${split.padEnd(16)}${done} of ${samples}`)
}

await main()
