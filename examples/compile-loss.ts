/**
 * A loss of your own, compiled with its gradients: a contrastive loss in which the hardest negatives count most.
 *
 *     npx tsx --import ./scripts/tfjs-modules.mjs examples/compile-loss.ts
 */
import { pathToFileURL } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { compile } from 'dreamlip'

/** Image `i` belongs to text `i`. Every other text repels it, closer ones more. `[batch, width]`, `[batch, width]` → scalar */
function hardNegativeLoss(images: tf.Tensor2D, texts: tf.Tensor2D, hardness: number): tf.Scalar {
  const batch = images.shape[0]
  const logits = tf.mul<tf.Tensor2D>(tf.matMul(images, texts, false, true), 10) // [batch, batch]
  const own = tf.eye(batch) // a constant: computed once, while the function is recorded
  const negatives = tf.sub(1, own)
  const weights = tf.mul(tf.softmax(tf.add(tf.mul(logits, hardness), tf.mul(own, -1e9))), negatives) // [batch, batch]
  const positive = tf.sum(tf.mul(logits, own), 1) // [batch]
  const repulsion = tf.sum(tf.mul(weights, tf.softplus(logits)), 1) // [batch]
  return tf.mean(tf.add(tf.softplus(tf.neg(positive)), repulsion))
}

/** The loss and its gradients, as one graph. */
export const lossAndGradients = compile(
  ({ images, texts }) => {
    const loss = (i: tf.Tensor, t: tf.Tensor) => hardNegativeLoss(i as tf.Tensor2D, t as tf.Tensor2D, 2)
    const { value, grads } = tf.valueAndGrads(loss)([images, texts])
    return { loss: value, dImages: grads[0]!, dTexts: grads[1]! }
  },
  { images: { shape: [4, 8] }, texts: { shape: [4, 8] } },
  { device: 'cpu' },
)

/** Pulls random pairs together by plain gradient descent. @returns the loss before each step */
export async function train(steps: number): Promise<number[]> {
  let images = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)) // a compiled function draws no random numbers itself
  let texts = Float32Array.from({ length: 32 }, (_, i) => Math.cos(3 * i))
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    const { loss, dImages, dTexts } = await lossAndGradients({ images, texts })
    losses.push(loss.data[0]!)
    images = images.map((x, i) => x - 0.1 * dImages.data[i]!)
    texts = texts.map((x, i) => x - 0.1 * dTexts.data[i]!)
  }
  return losses
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const losses = await train(12)
  losses.forEach((loss, i) => console.log(`step ${i + 1}\tloss ${loss.toFixed(2)} ${'█'.repeat(Math.round(4 * loss))}`))
}
