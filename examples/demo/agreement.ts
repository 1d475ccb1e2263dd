/** Compares every stage of a small model with PyTorch's results: token ids, pixels, embeddings. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decodeImage, DreamLIP, resizeAndCrop, Tokenizer, type DeviceName } from 'dreamlip'

/** The comparison of one stage. */
export interface Agreement {
  readonly what: string
  readonly of: string
  readonly result: string
  readonly good: boolean
}

const examples = fileURLToPath(new URL('..', import.meta.url))

/** Made by test/parity/golden.py. */
const golden = JSON.parse(readFileSync(`${examples}golden/golden.json`, 'utf8')) as {
  readonly images: readonly string[]
  readonly pixels_sha256: readonly string[]
  readonly texts: readonly string[]
  readonly tokens: readonly (readonly number[])[]
  readonly image_features: readonly (readonly number[])[]
  readonly text_features: readonly (readonly number[])[]
}

export async function compareWithPyTorch(device: DeviceName): Promise<Agreement[]> {
  const tokenizer = await Tokenizer.load()
  const model = await DreamLIP.load(`${examples}golden/golden.pt`, { device })
  const paths = golden.images.map((name) => `${examples}photos/${name}`)
  const equalTexts = golden.texts.filter((text, i) => {
    const ids = [tokenizer.startToken, ...tokenizer.encode(text), tokenizer.endToken]
    return ids.join() === golden.tokens[i]!.join()
  })
  const hashes = await Promise.all(paths.map(hashOfPixels))
  const equalPixels = hashes.filter((hash, i) => hash === golden.pixels_sha256[i])
  const images = await model.encodeImage(paths)
  const texts = await model.encodeText(golden.texts)
  model.dispose()
  return [
    count('token ids', 'texts', equalTexts.length, golden.texts.length, 'equal'),
    count('prepared pixels', 'photographs', equalPixels.length, paths.length, 'equal byte for byte'),
    difference('image embeddings', images.data, golden.image_features),
    difference('text embeddings', texts.data, golden.text_features),
  ]
}

async function hashOfPixels(path: string): Promise<string> {
  const { data } = resizeAndCrop(await decodeImage(path), 224)
  return createHash('sha256').update(data).digest('hex')
}

function count(what: string, things: string, equal: number, total: number, how: string): Agreement {
  return { what, of: `${total} ${things}`, result: `${equal} of ${total} ${how}`, good: equal === total }
}

function difference(what: string, actual: Float32Array, expected: readonly (readonly number[])[]): Agreement {
  const largest = expected.flat().reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0)
  const result = `largest difference ${largest.toExponential(1)}`
  return { what, of: `${expected.length} vectors`, result, good: largest < 1e-5 }
}
