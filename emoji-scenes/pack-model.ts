/**
 * Makes the model inside the package from a trained one: weights in int8, and only the tokens of the training captions.
 *
 *     npm run pack-model -w emoji-scenes -- .cache/emoji/longer-0-1/model.safetensors
 */
import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DreamLIP, Tokenizer, type Embeddings } from 'dreamlip'
import { sampleOf } from './data-set/samples'
import { trainingData } from './training/stages'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'assets/emoji-scenes.safetensors' },
  },
})

/** Keeps the package small. */
const mostBytes = 10_000_000

/** The file's metadata. */
const facts = {
  name: 'emoji-scenes',
  description: 'A small DreamLIP for emoji, icons and drawn scenes of them. It knows nothing else.',
  license: 'Apache-2.0',
  data: 'Drawings of 25 icon sets, which NOTICE lists with their licences; names by Emojibase (MIT)',
  card: 'docs/emoji-scenes-model.md',
}

/** Every caption that the model was trained on, made again. */
function* captionsOfTraining(): Generator<string> {
  const { split, samples, seed } = trainingData
  for (let number = 0; number < samples; number++) {
    const { raw, short, long } = sampleOf({ seed, split, number }).captions
    yield* [raw, short, ...long.map(({ text }) => text)]
  }
}

/** The smallest cosine between a row of one and the same row of the other. */
function leastCosine({ data: a, shape: [rows, width] }: Embeddings, { data: b }: Embeddings): number {
  const cosines = Array.from({ length: rows }, (_, row) => {
    let sum = 0
    for (let c = row * width; c < (row + 1) * width; c++) sum += a[c]! * b[c]!
    return sum
  })
  return Math.min(...cosines)
}

async function main(): Promise<void> {
  const [source] = positionals
  if (source === undefined)
    throw new Error('Name the trained model: npm run pack-model -w emoji-scenes -- model.safetensors')
  const tokenizer = await Tokenizer.load()
  const captions = new Set(captionsOfTraining())
  const tokens = new Set([...captions].flatMap((caption) => tokenizer.encode(caption)))

  const trained = await DreamLIP.load(source)
  trained.attention = 'correlative' // points at things more often than the tower's own attention: docs/emoji-scenes-model.md
  await trained.save(options.out, { dtype: 'int8', tokens, metadata: facts })
  const packed = await DreamLIP.load(options.out)
  const some = [...captions].slice(0, 1000)
  const cosine = leastCosine(await trained.encodeText(some), await packed.encodeText(some))
  trained.dispose()
  packed.dispose()

  const { size } = statSync(options.out)
  console.log(
    `${options.out}: ${(size / 1e6).toFixed(2)} MB, ${tokens.size} of ${tokenizer.vocabularySize} tokens kept.`,
  )
  console.log(
    `The embeddings of ${some.length} captions have a cosine of at least ${cosine.toFixed(6)} to those before.`,
  )
  if (size > mostBytes) throw new Error(`${options.out} is larger than ${mostBytes / 1e6} MB: train a smaller model.`)
}

await main()
