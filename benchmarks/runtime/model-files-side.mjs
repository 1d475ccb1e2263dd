/** One side of benchmarks/model-files.ts: loads a model file and embeds one photograph, then repeats it several times. */
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

const start = performance.now()
const { side, model, dtype, photo, repeats } = JSON.parse(process.argv[2])

async function dreamlip() {
  const { DreamLIP } = await import('dreamlip')
  const loaded = await DreamLIP.load(model, { device: 'cpu', dtype })
  return async () => (await loaded.encodeImage(photo, { normalize: false })).data
}

async function transformers() {
  const peers = createRequire(new URL('../peers/package.json', import.meta.url))
  const file = pathToFileURL(peers.resolve('@huggingface/transformers')).href
  const { env, AutoProcessor, CLIPVisionModelWithProjection, RawImage } = await import(file)
  Object.assign(env, { localModelPath: dirname(model), allowRemoteModels: false })
  const processor = await AutoProcessor.from_pretrained(basename(model))
  const vision = await CLIPVisionModelWithProjection.from_pretrained(basename(model), { device: 'cpu', dtype })
  return async () => (await vision(await processor(await RawImage.read(photo)))).image_embeds.data
}

const embed = await (side === 'dreamlip' ? dreamlip() : transformers())
const embedding = await embed()
const firstSeconds = (performance.now() - start) / 1000
const times = []
for (let i = 0; i < repeats; i++) {
  const before = performance.now()
  await embed()
  times.push((performance.now() - before) / 1000)
}
const seconds = times.sort((a, b) => a - b)[Math.floor(repeats / 2)]
process.stdout.write(JSON.stringify({ firstSeconds, seconds, embedding: [...embedding] }), () => process.exit())
