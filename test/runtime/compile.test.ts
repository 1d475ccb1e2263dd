import * as tf from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, it } from 'vitest'
import { compile, type RuntimeOptions } from '../../src/index'

const ways: readonly RuntimeOptions[] = [
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'eager' },
  { device: 'wasm' },
]

describe.each(ways)('compile on %j', (options) => {
  const made: { dispose(): void }[] = []
  afterAll(() => made.forEach((fn) => fn.dispose()))
  const keep = <T extends { dispose(): void }>(fn: T): T => {
    made.push(fn)
    return fn
  }

  it('makes an async function of typed arrays', async () => {
    const distance = keep(
      compile(({ a, b }) => ({ d: tf.norm(tf.sub(a, b)) }), { a: { shape: [3] }, b: { shape: [3] } }, options),
    )
    expect(await distance({ a: Float32Array.of(1, 2, 3), b: Float32Array.of(1, 0, 3) })).toEqual({
      d: { data: Float32Array.of(2), shape: [] },
    })
    expect(await distance.device).toMatchObject({ name: options.device })
  })

  it('accepts the results of one function as inputs of the next', async () => {
    const twice = keep(compile(({ x }) => ({ x: tf.mul(x, 2) }), { x: { shape: [2, 1] } }, options))
    expect((await twice(await twice({ x: Float32Array.of(1, 2) }))).x.data).toEqual(Float32Array.of(4, 8))
  })

  it('accepts and returns integers and bools', async () => {
    const pick = keep(
      compile(
        ({ mask, ids }) => ({ chosen: tf.where(mask, ids, tf.zerosLike(ids)), not: tf.logicalNot(mask) }),
        { mask: { shape: [3], dtype: 'bool' }, ids: { shape: [3], dtype: 'int32' } },
        options,
      ),
    )
    expect(await pick({ mask: Uint8Array.of(1, 0, 1), ids: Int32Array.of(7, 8, 9) })).toEqual({
      chosen: { data: Int32Array.of(7, 0, 9), shape: [3] },
      not: { data: Uint8Array.of(0, 1, 0), shape: [3] },
    })
  })

  it('differentiates with tfjs’s own gradients', async () => {
    const step = keep(
      compile(
        ({ w, x }) => {
          const { value, grads } = tf.valueAndGrads((w: tf.Tensor) => tf.sum(tf.square(tf.mul(w, x))))([w])
          return { loss: value, gradient: grads[0]! }
        },
        { w: { shape: [2] }, x: { shape: [2] } },
        options,
      ),
    )
    const { loss, gradient } = await step({ w: Float32Array.of(1, 2), x: Float32Array.of(3, 4) })
    expect(loss.data[0]).toBe(73)
    expect(gradient.data).toEqual(Float32Array.of(18, 64))
  })

  it('keeps overlapping calls separate', async () => {
    const twice = keep(compile(({ x }) => ({ x: tf.mul(x, 2) }), { x: { shape: [1] } }, options))
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) => twice({ x: Float32Array.of(i) })))
    expect(results.map(({ x }) => x.data[0])).toEqual([0, 2, 4, 6, 8, 10, 12, 14])
  })

  it.each([
    [{}, /inputs\.x: expected Float32Array of 4 in shape \[2, 2\]; got nothing/],
    [{ x: new Float32Array(3) }, /got Float32Array of 3/],
    [{ x: new Int32Array(4) }, /got Int32Array of 4/],
    [{ x: { data: new Float32Array(4), shape: [4] } }, /got Float32Array of 4 in shape \[4\]/],
    [{ x: new Float32Array(4), y: new Float32Array(4) }, /inputs: expected x; got "y"/],
  ])('refuses values that do not fit: %j', async (inputs, message) => {
    const same = keep(compile(({ x }) => ({ y: tf.neg(x) }), { x: { shape: [2, 2] } }, options))
    await expect(same(inputs as { x: Float32Array })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
  })
})

describe.each(ways.slice(0, 2))('compile on %j refuses functions that', (options) => {
  it.each<[string, unknown, RegExp]>([
    ['are async', async ({ x }: { x: tf.Tensor }) => ({ y: tf.neg(x) }), /got a Promise\. It must not be async/],
    ['return a tensor without a name', ({ x }: { x: tf.Tensor }) => tf.neg(x), /got a tensor\. Give it a name/],
    [
      'return numbers',
      () => ({ y: 1 }),
      /got number under the name 'y'\. Use tf\.scalar to turn a number into a tensor/,
    ],
    ['return nothing', () => undefined, /got undefined/],
    ['return an empty object', () => ({}), /got an object without entries/],
  ])('%s', async (_, fn, message) => {
    const before = tf.memory().numTensors
    const made = compile(fn as (inputs: { x: tf.Tensor }) => { y: tf.Tensor }, { x: { shape: [2] } }, options)
    await expect(made({ x: new Float32Array(2) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
    expect(tf.memory().numTensors).toBe(before)
    made.dispose()
  })
})

describe('compile', () => {
  it('calls the function once, however often the compiled function is called', async () => {
    let calls = 0
    const counted = compile(({ x }) => ({ y: tf.add(x, ++calls) }), { x: { shape: [] } }, { runtime: 'compiled' })
    for (const value of [1, 2, 3]) {
      expect((await counted({ x: Float32Array.of(value) })).y.data[0]).toBe(value + 1)
    }
    expect(calls).toBe(1)
    counted.dispose()
  })

  it('refuses invalid specs', () => {
    const same = ({ x }: { x: tf.Tensor }) => ({ x })
    expect(() => compile(same, { x: { shape: [2, -1] } })).toThrow(/specs\.x\.shape: expected whole numbers/)
    expect(() => compile(same, { x: { shape: [2], dtype: 'string' as 'bool' } })).toThrow(
      /specs\.x\.dtype: expected one/,
    )
  })

  it('names the line that reads values', async () => {
    const peeking = compile(({ x }) => ({ y: tf.mul(x, x.dataSync()[0]!) }), { x: { shape: [1] } })
    await expect(peeking({ x: Float32Array.of(1) })).rejects.toMatchObject({
      code: 'NOT_RECORDABLE',
      message: expect.stringMatching(/values of a tensor were read.* at .*compile\.test\.ts:\d+/),
    })
  })

  it('does not dispose tensors that the function has from elsewhere', async () => {
    const outer = tf.tensor1d([1, 2])
    for (const options of ways) {
      const constant = compile(({ x }) => ({ outer, sum: tf.add(x, outer) }), { x: { shape: [2] } }, options)
      const { sum } = await constant({ x: Float32Array.of(1, 1) })
      expect(sum.data).toEqual(Float32Array.of(2, 3))
      expect([...outer.dataSync()]).toEqual([1, 2])
      constant.dispose()
    }
    outer.dispose()
  })

  it('refuses variables, because their values would be fixed', async () => {
    const weight = tf.tidy(() => tf.variable(tf.tensor1d([1, 2]), true, 'weight of a test'))
    const constant = compile(({ x }) => ({ x, weight }), { x: { shape: [2] } }, { runtime: 'compiled' })
    await expect(constant({ x: new Float32Array(2) })).rejects.toThrow(/the variable 'weight of a test' was used/)
    expect([...weight.dataSync()]).toEqual([1, 2])
    weight.dispose()
  })

  it('rejects calls if a device is missing', async () => {
    const lost = compile(({ x }) => ({ x }), { x: { shape: [1] } }, { device: 'webgl' })
    await expect(lost({ x: Float32Array.of(1) })).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' })
    lost.dispose()
  })
})
