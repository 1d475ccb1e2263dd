/** Functions with random shapes, axes and types give the same results as tfjs. */
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { it } from 'vitest'
import { compare, floats, gradientsOf, ints, named, of, type Case } from './specify'

const shapes = (low = 1) => fc.array(fc.integer({ min: 1, max: 4 }), { minLength: low, maxLength: 4 })

/** Two shapes that broadcast together: in each axis, one size may be 1, and one shape may lack the first axes. */
const broadcastPairs = shapes(0).chain((shape) => {
  const part = fc
    .tuple(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat({ max: shape.length }))
    .map(([ones, cut]) => shape.map((size, i) => (ones[i] ? 1 : size)).slice(cut))
  return fc.tuple(part, part)
})

async function agree(one: Case): Promise<void> {
  await compare(named(one.fn), one)
  if (!one.noGradient) await compare(gradientsOf(one), one)
}

const property = (cases: fc.Arbitrary<Case>): Promise<void> =>
  fc.assert(fc.asyncProperty(cases, agree), { numRuns: 25 })

it('compiles arithmetic of shapes that broadcast', () =>
  property(
    fc
      .tuple(broadcastPairs, fc.constantFrom(tf.add, tf.sub, tf.mul, tf.div))
      .map(([[a, b], fn]) => of('arithmetic', [floats(a), floats(b, 0.5, 2)], fn)),
  ))

it('compiles integer division and remainders', () =>
  property(
    fc
      .tuple(broadcastPairs, fc.constantFrom(tf.div, tf.mod, tf.floorDiv))
      .map(([[a, b], fn]) => of('division', [ints(a, -30, 30), ints(b, -4, 4)], fn, { noGradient: true })),
  ))

it('compiles reductions over any axes', () =>
  property(
    shapes().chain((shape) =>
      fc
        .tuple(
          fc.subarray(shape.map((_, i) => i)),
          fc.boolean(),
          fc.constantFrom(tf.sum, tf.mean, tf.max, tf.min, tf.logSumExp),
        )
        .map(([axes, keep, fn]) => of('reduction', [floats(shape)], (x: tf.Tensor) => fn(x, axes, keep))),
    ),
  ))

it('compiles transpositions, slices and joins', () =>
  property(
    shapes().chain((shape) =>
      fc
        .tuple(
          fc.shuffledSubarray(
            shape.map((_, i) => i),
            { minLength: shape.length },
          ),
          fc.tuple(...shape.map((size) => fc.nat({ max: size - 1 }))),
          fc.nat({ max: shape.length - 1 }),
        )
        .map(([order, begin, axis]) =>
          of('moves', [floats(shape)], (x: tf.Tensor) => {
            const cut = tf.slice(x, begin)
            return tf.transpose(tf.concat([cut, tf.neg(cut), tf.reverse(cut, axis)], axis), order)
          }),
        ),
    ),
  ))

it('compiles products of matrices, transposed or not', () =>
  property(
    fc
      .tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
      ) // prettier-ignore
      .map(([batch, [n, k, m], transposeA, transposeB, batched]) => {
        const front = batched ? [batch] : []
        const a = [...front, ...(transposeA ? [k!, n!] : [n!, k!])]
        const b = [...front, ...(transposeB ? [m!, k!] : [k!, m!])]
        return of('product', [floats(a), floats(b), floats([m!])], (x: tf.Tensor, y: tf.Tensor, bias: tf.Tensor) =>
          tf.add(tf.matMul(x, y, transposeA, transposeB), bias),
        )
      }),
  ))

it('compiles gathers along any axis', () =>
  property(
    shapes().chain((shape) =>
      fc
        .tuple(fc.nat({ max: shape.length - 1 }), fc.array(fc.nat(), { minLength: 1, maxLength: 5 }))
        .map(([axis, picks]) => {
          const indices = picks.map((pick) => pick % shape[axis]!)
          return of('gather', [floats(shape)], (x: tf.Tensor) => tf.gather(x, tf.tensor1d(indices, 'int32'), axis))
        }),
    ),
  ))
