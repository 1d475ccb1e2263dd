import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
const ort: any = await import(pathToFileURL(createRequire(process.cwd() + '/package.json').resolve('onnxruntime-node')).href)
const made: any[] = []
const IS = (ort.default ?? ort).InferenceSession
const create = IS.create
IS.create = async (bytes: any, o: any) => { if (process.env.PROFILE) o = { ...o, enableProfiling: true, profileFilePrefix: '/tmp/lead/prof' }; const s = await create.call(IS, bytes, o); made.push(s); return s }
import { initializeParameters } from '../src/models/parameters'
import { parseConfig } from '../src/models/config'
import { chooseRuntime } from '../src/runtime/device'
import { defaultAdamW } from '../src/training/adamw'
import { dreamLIPLoss } from '../src/training/loss'
import { createOptimizerTensors } from '../src/training/optimizer-tensors'
import { createStepRunner } from '../src/training/run-step'
import { scalarInputs } from '../src/training/step'
await import('../src/runtime/gradients')
const [vw, vl, size, patch, tw, tl, batch, K, len, group] = process.argv.slice(2).map(Number) as number[]
const config = parseConfig({
  embed_dim: 128,
  vision_cfg: { image_size: size!, layers: vl!, width: vw!, head_width: 32, patch_size: patch! },
  text_cfg: { context_length: 77, vocab_size: 49408, width: tw!, heads: tw! / 32, layers: tl! },
})
const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
const weights = runtime.createParameters()
for (const [name, values] of initializeParameters(config, 0)) weights.set(name, values)
if (group) weights.set('logit_scale_local', { data: Float32Array.of(2.6), shape: [] })
const trained = weights.names
const state = createOptimizerTensors(runtime, weights, trained, false)
const plan = {
  config,
  loss: dreamLIPLoss({ subcaptionPatch: group! }),
  trained,
  adamW: defaultAdamW,
  clipNorm: 1,
  emaDecay: null,
}
const runner = createStepRunner(runtime, plan, weights, state, null)
const rows = batch! * K!
const captions = Array.from({ length: rows }, (_, r) =>
  Int32Array.from({ length: len! }, (_, i) =>
    i === 0 ? 49406 : i === len! - 1 ? 49407 : (((r * len! + i) * 7919) % 2000) + 1,
  ),
)
const inputs = {
  pixels: {
    data: Float32Array.from({ length: batch! * 3 * size! * size! }, (_, i) => Math.sin(1.7 * i)),
    shape: [batch!, 3, size!, size!],
  },
  captions,
}
const times: string[] = []
for (let s = 1; s <= 7; s++) {
  const t = performance.now()
  await runner.run(inputs, scalarInputs(1e-4, s, defaultAdamW))
  times.push(((performance.now() - t) / 1000).toFixed(2))
}
console.log(process.argv.slice(2).join(' '), times.join(' '), Math.round(process.memoryUsage.rss() / 1e6), 'MB')

if (process.env.PROFILE) for (const s of made) { try { s.endProfiling() } catch {} }
