/** A loss in the ops of the given tfjs, compiled with its gradients by the given dreamlip. */
module.exports = async function ownLoss(tf, { compile }) {
  const step = compile(
    ({ w, x, zeros }) => {
      const { value, grads } = tf.valueAndGrads((w) => tf.sum(tf.square(tf.mul(w, x))))([w])
      return { loss: value, gradient: grads[0], product: tf.grad((y) => tf.prod(y))(zeros) }
    },
    { w: { shape: [2] }, x: { shape: [2] }, zeros: { shape: [3] } },
    { device: 'cpu' },
  )
  const inputs = { w: Float32Array.of(1, 2), x: Float32Array.of(3, 4), zeros: Float32Array.of(0, 3, 4) }
  const { loss, gradient, product } = await step(inputs)
  const peeking = compile(
    ({ x }) => ({ y: tf.mul(x, x.dataSync()[0]) }),
    { x: { shape: [1] } },
    { runtime: 'compiled' },
  )
  const error = await peeking({ x: Float32Array.of(1) }).catch(({ message }) => message)
  tf.add(1, 2).dataSync() // eager ops go on working
  return {
    runtime: (await step.device).runtime,
    loss: loss.data[0],
    gradient: [...gradient.data],
    product: [...product.data],
    backend: tf.getBackend(),
    error,
  }
}
