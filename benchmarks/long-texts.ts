/** The cost of each mode of the option `long` on real long captions, and the number of those longer than CLIP's context. */
import { existsSync, readFileSync } from 'node:fs'
import { DreamLIP, longTextModes, splitCaption, Tokenizer, type LongTexts } from '../src/index'
import { median } from './python'

const rounds = 5
const timed = 16

/**
 * A ViT-B/16 with random weights. DREAMLIP_BENCH_LONG_CAPTIONS lists annotation files, separated by commas, in the form of Urban1k
 * and ImageInWords: `{ "annotations": [{ "image_id", "caption" }] }`. The captions of an image are joined.
 */
export async function longTextsBenchmark(): Promise<void> {
  const files = (process.env.DREAMLIP_BENCH_LONG_CAPTIONS ?? '').split(',').filter((file) => existsSync(file))
  if (files.length === 0) {
    console.log('long-texts: set DREAMLIP_BENCH_LONG_CAPTIONS to files of annotations with long captions')
    return
  }
  const model = await DreamLIP.create('ViT-B-16', { seed: 1, device: 'cpu' })
  for (const file of files) {
    const texts = readCaptions(file)
    await describe(file, texts)
    await time(model, texts.slice(0, timed))
  }
  model.dispose()
}

function readCaptions(file: string): string[] {
  const { annotations } = JSON.parse(readFileSync(file, 'utf8')) as {
    annotations: { image_id: number; caption: string }[]
  }
  const byImage = new Map<number, string[]>()
  for (const { image_id: image, caption } of annotations) {
    byImage.set(image, [...(byImage.get(image) ?? []), caption.replace(/\.\s*$/, '')])
  }
  return [...byImage.values()].map((captions) => `${captions.join('. ')}.`)
}

async function describe(file: string, texts: readonly string[]): Promise<void> {
  const { untruncatedLengths } = (await Tokenizer.load()).tokenize(texts)
  const share = (limit: number) =>
    `${((100 * untruncatedLengths.filter((tokens) => tokens > limit).length) / texts.length).toFixed(1)} %`
  const sentences = texts.reduce((sum, text) => sum + splitCaption(text, { rule: 'sentences' }).length, 0)
  const tokens = untruncatedLengths.reduce((sum, value) => sum + value, 0)
  console.log(
    `long-texts: ${file.split('/').at(-1)}: ${texts.length} texts, ${(tokens / texts.length).toFixed(0)} tokens and ` +
      `${(sentences / texts.length).toFixed(1)} sentences on average; ${share(77)} are longer than 77 tokens, ${share(248)} than 248`,
  )
}

/** All modes in turn, so that other work on the machine slows all of them equally. */
async function time(model: DreamLIP, texts: readonly string[]): Promise<void> {
  const seconds: Record<LongTexts, number[]> = { truncate: [], sentences: [], windows: [] }
  for (let round = -1; round < rounds; round++) {
    for (const long of longTextModes) {
      const start = performance.now()
      await model.encodeText(texts, { long })
      // Round -1 prepares the graphs.
      if (round >= 0) seconds[long].push((performance.now() - start) / 1000)
    }
  }
  for (const long of longTextModes) {
    const ratio = median(seconds[long].map((value, i) => value / seconds.truncate[i]!))
    console.log(
      `  ${long.padEnd(10)} ${median(seconds[long]).toFixed(2)} s for ${texts.length} texts, ${ratio.toFixed(2)} of truncate`,
    )
  }
}
