/** The peers of text encoding: open_clip in Python, and transformers.js, all with the same weights. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importPeer } from '../peers'
import { python, runPeer } from '../python'

interface Measured {
  readonly perSecond: number
  /** The embeddings of the first texts, of unit length: `[texts, 512]`. */
  readonly embeddings: ArrayLike<number>
}

/** open_clip's texts per second, in batches of 32. */
export async function measureOpenCLIP(weights: string, texts: readonly string[]): Promise<Measured> {
  const file = join(dirname(weights), 'texts.json')
  writeFileSync(file, JSON.stringify(texts))
  return runPeer('runtime/text', [weights, file, String(availableParallelism())])
}

interface Transformers {
  readonly env: { allowRemoteModels: boolean; localModelPath: string }
  readonly AutoTokenizer: { from_pretrained(name: string): Promise<(texts: string[], options: object) => object> }
  readonly CLIPTextModelWithProjection: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<(inputs: object) => Promise<{ text_embeds: { data: Float32Array } }>>
  }
}

/** Exports the weights like Hugging Face's tools, and loads them in transformers.js. */
export async function loadTransformers(weights: string) {
  const folder = join(dirname(weights), 'transformers')
  mkdirSync(folder)
  const script = fileURLToPath(new URL('text_export.py', import.meta.url))
  const env = { ...process.env, PYTHONPATH: fileURLToPath(new URL('../../test/parity', import.meta.url)) }
  execFileSync(python, [script, weights, folder], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const {
    env: settings,
    AutoTokenizer,
    CLIPTextModelWithProjection,
  } = await importPeer<Transformers>('@huggingface/transformers')
  Object.assign(settings, { allowRemoteModels: false, localModelPath: dirname(folder) })
  const tokenizer = await AutoTokenizer.from_pretrained(basename(folder))
  const session_options = { intraOpNumThreads: availableParallelism() }
  const model = await CLIPTextModelWithProjection.from_pretrained(basename(folder), {
    dtype: 'fp32',
    device: 'cpu',
    session_options,
  })
  /** Its texts per second. `padding`: `true` to the longest of a batch, `max_length` to 77 tokens. */
  return async (texts: readonly string[], padding: true | 'max_length', batchSize: number): Promise<Measured> => {
    const start = performance.now()
    const embeddings: number[] = []
    for (let i = 0; i < texts.length; i += batchSize) {
      const inputs = tokenizer(texts.slice(i, i + batchSize), { padding, truncation: true })
      const { text_embeds } = await model(inputs)
      if (i < 32) embeddings.push(...text_embeds.data)
    }
    return { perSecond: (1000 * texts.length) / (performance.now() - start), embeddings }
  }
}

/** @throws Error if one of their embeddings differs in direction from ours by more than 1e-4 */
export function checkAgreement(name: string, ours: Float32Array, theirs: ArrayLike<number>, dimensions: number): void {
  for (let start = 0; start < Math.min(theirs.length, ours.length); start += dimensions) {
    let [product, square] = [0, 0]
    for (let i = start; i < start + dimensions; i++) {
      product += ours[i]! * theirs[i]!
      square += theirs[i]! ** 2
    }
    const cosine = product / Math.sqrt(square)
    if (!(cosine > 1 - 1e-4)) throw new Error(`${name}: text ${start / dimensions} has a cosine of ${cosine} to ours.`)
  }
}
