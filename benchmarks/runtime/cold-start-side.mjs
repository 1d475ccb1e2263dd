/** One side of benchmarks/runtime/cold-start.ts: from the first line of a user's program to the embedding of one photograph. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

const start = performance.now()
const { side, model, dtype, photo } = JSON.parse(process.argv[2])

async function embedWithDreamLIP() {
  const { DreamLIP } = await import('dreamlip')
  const loaded = await DreamLIP.load(model, { device: 'cpu', dtype })
  return (await loaded.encodeImage(photo)).data
}

async function embedWithTransformers() {
  const peers = createRequire(new URL('../peers/package.json', import.meta.url))
  const file = pathToFileURL(peers.resolve('@huggingface/transformers')).href
  const { env, AutoProcessor, CLIPVisionModelWithProjection, RawImage } = await import(file)
  Object.assign(env, { localModelPath: dirname(model), allowRemoteModels: false })
  const name = basename(model)
  const processor = await AutoProcessor.from_pretrained(name)
  const options = { device: 'cpu', dtype: dtype === 'float32' ? 'fp32' : 'q8' }
  const vision = await CLIPVisionModelWithProjection.from_pretrained(name, options)
  return (await vision(await processor(await RawImage.read(photo)))).image_embeds.data
}

/** On Linux, `maxRSS` of resourceUsage also counts the process from which this one was forked. */
function peakMB() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1000
  } catch {
    return process.resourceUsage().maxRSS / 1000
  }
}

const embedding = await (side === 'dreamlip' ? embedWithDreamLIP() : embedWithTransformers())
const seconds = (performance.now() - start) / 1000
const result = { seconds, peakMB: peakMB(), embedding: [...embedding.slice(0, 512)] }
process.stdout.write(JSON.stringify(result), () => process.exit())
