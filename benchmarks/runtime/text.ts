/** Captions per second through the text tower of a ViT-B/16, compared with open_clip and transformers.js. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DreamLIP, Tokenizer } from '../../src/index'
import { median, pythonHas } from '../python'
import { captions } from './captions'
import { checkAgreement, loadTransformers, measureOpenCLIP } from './text-peers'

const rounds = 3

/** open_clip always computes 77 tokens, so some of the captions are enough to measure its speed. */
const openCLIPCaptions = 256

/** From strings to embeddings, all sides in turn. DREAMLIP_BENCH_CAPTIONS sets a file of captions, one per line. */
export async function textBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  const weights = join(folder, 'weights.safetensors')
  try {
    const given = process.env.DREAMLIP_BENCH_CAPTIONS
    const real = given && existsSync(given)
    const texts = real ? readFileSync(given, 'utf8').trim().split('\n').slice(0, 1000) : captions(1000)
    const { lengths } = (await Tokenizer.load()).tokenize(texts)
    const mean = lengths.reduce((sum, length) => sum + length, 0) / texts.length
    console.log(`runtime-text: ${texts.length} ${real ? 'given' : 'generated'} captions of ${mean.toFixed(1)} tokens`)
    const model = await DreamLIP.create('ViT-B-16', { seed: 1, device: 'cpu' })
    await model.save(weights)
    const openCLIP = await pythonHas(['open_clip_import', 'safetensors'])
    const exporting = openCLIP && (await pythonHas(['transformers', 'onnx']))
    const transformers = exporting ? await loadTransformers(weights) : undefined

    const ours = async () => {
      const start = performance.now()
      const { data } = await model.encodeText(texts)
      return { perSecond: (1000 * texts.length) / (performance.now() - start), data }
    }
    const first = await ours()
    const peers: Record<string, () => Promise<{ perSecond: number; embeddings: ArrayLike<number> }>> = {
      ...(openCLIP && { 'open_clip, 77 tokens': () => measureOpenCLIP(weights, texts.slice(0, openCLIPCaptions)) }),
      ...(transformers && {
        'transformers.js, batches of 32, padding: true': () => transformers(texts, true, 32),
        'transformers.js, one by one': () => transformers(texts.slice(0, 200), true, 1),
        "transformers.js, padding: 'max_length'": () =>
          transformers(texts.slice(0, openCLIPCaptions), 'max_length', 32),
      }),
    }
    const warm: number[] = []
    const theirs = new Map(Object.keys(peers).map((name) => [name, [] as number[]]))
    for (let round = 0; round < rounds; round++) {
      warm.push((await ours()).perSecond)
      for (const [name, measure] of Object.entries(peers)) {
        const { perSecond, embeddings } = await measure()
        checkAgreement(name, first.data, embeddings, model.config.embedDim)
        theirs.get(name)!.push(perSecond)
      }
    }
    console.log(`  dreamlip, first call     ${first.perSecond.toFixed(0)} captions/s (graphs made on the way)`)
    console.log(`  dreamlip                 ${median(warm).toFixed(0)} captions/s (${model.device.backend})`)
    for (const [name, speeds] of theirs) {
      const ratio = median(speeds.map((speed, i) => warm[i]! / speed))
      console.log(`  ${name}: ${median(speeds).toFixed(0)} captions/s, ratio ${ratio.toFixed(2)}`)
    }
    model.dispose()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
