/** Texts that share prefixes, on every runtime in Node. */
import { setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, it } from 'vitest'
import { createEncoder } from '../../src/inference/encoder'
import { embedTexts } from '../../src/inference/texts/embed-texts'
import { normalizeRows } from '../../src/inference/embeddings/embeddings'
import { imageNetTemplates } from '../../src/inference/zero-shot/templates'
import { sequencesOf } from '../../src/inference/texts/sequences'
import { promptsOf } from '../../src/inference/zero-shot/zero-shot'
import { encodeText } from '../../src/models/clip/clip'
import { parseConfig } from '../../src/models/config/config'
import { chooseRuntime } from '../../src/runtime/device'
import { Tokenizer } from '../../src/tokenizer/tokenizer'
import { placeWeights } from '../models/golden'
import { patternWeights } from '../models/pattern'
import { largestDifference } from '../ops/compare'

const config = parseConfig({
  embed_dim: 12,
  vision_cfg: { image_size: 16, layers: 1, width: 16, patch_size: 8, head_width: 8 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 16, heads: 2, layers: 3 },
})
const weights = patternWeights(config)
const prompts = [
  ...promptsOf(['cat', 'great white shark', 'dog'], imageNetTemplates),
  '',
  'a photo of a cat.',
  'word '.repeat(90),
]
const { sequences } = sequencesOf((await Tokenizer.load()).tokenize(prompts), config.text)

/** Each text alone, with the plain tower: `[texts, embedDim]` of unit length. */
function embedOneByOne(): Float32Array {
  const parameters = placeWeights(weights)
  const rows = sequences.map((ids) => {
    const end = tensor1d([ids.length - 1], 'int32')
    return encodeText(parameters, tensor2d(ids, [1, ids.length], 'int32'), end, config).dataSync()
  })
  const data = Float32Array.from(rows.flatMap((row) => [...row]))
  return normalizeRows({ data, shape: [rows.length, config.embedDim] }).data
}

describe.each([
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'compiled', optimize: 'throughput' },
  { device: 'cpu', runtime: 'eager' },
  { device: 'wasm', runtime: 'eager' },
] as const)('embedTexts on %o', (options) => {
  let expected: Float32Array
  beforeAll(async () => {
    await import('@tensorflow/tfjs-backend-cpu')
    await setBackend('cpu')
    expected = embedOneByOne()
  })

  it('gives each text the same embedding as alone, whatever the batches and shared prefixes', async () => {
    const runtime = await chooseRuntime(options)
    const parameters = runtime.createParameters()
    weights.forEach((values, name) => parameters.set(name, values))
    const encoder = createEncoder(config, runtime, parameters)
    for (const batchSize of [128, 40, 3]) {
      const progress: number[] = []
      const embeddings = await embedTexts(encoder, sequences, true, {
        batchSize,
        onProgress: ({ done, total }) => progress.push(done / total),
      })
      expect(embeddings.shape).toEqual([prompts.length, 12])
      expect(largestDifference(embeddings.data, expected)).toBeLessThan(1e-6)
      expect(progress.at(-1)).toBe(1)
    }
    encoder.programs.dispose()
    parameters.dispose()
  })
})
