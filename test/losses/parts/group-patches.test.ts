/** Patches at the edges of the rules by which texts collect them. PyTorch's values are in goldens.test.ts. */
import { tensor3d, tidy } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { groupPatches } from '../../../src/losses/parts/group-patches'
import { onEachBackend } from '../../ops/backends'

/** A text's weights for patches with these similarities, relative to the largest. */
function weightsOf(similarities: readonly number[], threshold: number): number[] {
  const P = similarities.length
  // Each patch has its own axis in addition to the text's.
  const patches = similarities.map((similarity, p) => [similarity, ...similarities.map((_, i) => (i === p ? 1 : 0))])
  const text = [1, ...similarities.map(() => 0)]
  const [, ...collected] = tidy(() => [
    ...groupPatches(
      tensor3d([patches], [1, P, P + 1]),
      tensor3d([[text]], [1, 1, P + 1]),
      'minmax',
      threshold,
    ).dataSync(),
  ])
  return collected.map((weight) => weight / Math.max(...collected))
}

onEachBackend(() => {
  it('keeps a patch that just reaches the threshold, and leaves out one below', () => {
    expectClose(weightsOf([0, 0.25, 0.5, 1], 0.25), [0, 0.25, 0.5, 1])
    expectClose(weightsOf([0, 0.25, 0.5, 1], 0.375), [0, 0, 0.5, 1])
  })

  it('weighs all patches alike where none is more similar than another', () => {
    expectClose(weightsOf([0.5, 0.5, 0.5, 0.5], 0.25), [1, 1, 1, 1])
    expectClose(weightsOf([0.5, 0.5 + 5e-7, 0.5, 0.5], 0.25), [1, 1, 1, 1])
  })

  it('takes small differences for what they are', () => {
    expectClose(weightsOf([0.5, 0.5 + 2 ** -17, 0.5 + 2 ** -16, 0.5], 0.25), [0, 0.5, 1, 0])
  })
})

function expectClose(found: readonly number[], expected: readonly number[]): void {
  found.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i]!, 4))
}
