/** The differences between gradients of TensorFlow's C library and of the compiled runtime, relative to the largest of each. */
import * as tf from '@tensorflow/tfjs-core'
import { compile, createModel, encodeImage, encodePatches, encodeText } from 'dreamlip'

const { config, parameters } = createModel({
  embed_dim: 64,
  vision_cfg: { image_size: 32, layers: 2, width: 64, patch_size: 16 },
  text_cfg: { context_length: 8, vocab_size: 32, width: 64, heads: 1, layers: 2 },
})
const names = [...parameters.keys()]
const specs = {
  pixels: { shape: [2, 3, 32, 32] },
  ids: { shape: [2, 6], dtype: 'int32' },
  ends: { shape: [2], dtype: 'int32' },
  ...Object.fromEntries(parameters),
}
const inputs = {
  pixels: Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i)),
  ids: Int32Array.of(30, 3, 5, 31, 0, 0, 30, 7, 9, 9, 4, 31),
  ends: Int32Array.of(3, 5),
  ...Object.fromEntries(parameters),
}

/** The contrastive loss of both directions, and a term that every patch reaches. */
function loss(weights, { pixels, ids, ends }) {
  const images = unitLength(encodeImage(weights, pixels, config)) // [2, embedDim]
  const texts = unitLength(encodeText(weights, ids, ends, config)) // [2, embedDim]
  const logits = tf.mul(tf.matMul(images, texts, false, true), tf.exp(weights.get('logit_scale'))) // [2, 2]
  const matching = (logits) => tf.mean(tf.sum(tf.mul(tf.eye(2), tf.logSoftmax(logits)), -1))
  const { patches } = encodePatches(weights, pixels, config, 'standard') // [2, patches, width]
  return tf.sub(tf.mean(tf.square(patches)), tf.add(matching(logits), matching(tf.transpose(logits))))
}

const unitLength = (x) => tf.div(x, tf.norm(x, 2, -1, true))

function step(values) {
  const weights = names.map((name) => values[name])
  const withWeights = (...weights) => loss(new Map(names.map((name, i) => [name, weights[i]])), values)
  const { value, grads } = tf.valueAndGrads(withWeights)(weights)
  return { loss: value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]])) }
}

const [native, compiled] = await Promise.all(['eager', 'compiled'].map(runStep))
const { backend } = native.device
if (backend !== '@tensorflow/tfjs-node') throw new Error(`${backend} ran instead`)
const differences = Object.keys(native.values).map((name) => [
  name,
  difference(native.values[name], compiled.values[name]),
])
console.log(JSON.stringify(Object.fromEntries(differences)))

async function runStep(runtime) {
  const run = compile(step, specs, { device: 'cpu', runtime })
  const values = await run(inputs)
  run.dispose()
  return { values, device: await run.device }
}

function difference({ data: actual }, { data: expected }) {
  const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largest(actual.map((value, i) => value - expected[i])) / largest(expected)
}
