import { describe, expect, it } from 'vitest'
import type { DenseFeatures } from '../../../src/inference/dense/dense-features'
import { segmentByLabels } from '../../../src/inference/dense/segment'
import { similarityMap } from '../../../src/inference/dense/similarity-map'
import { softmax } from '../../../src/inference/embeddings/embeddings'
import { planWindows } from '../../../src/inference/dense/sliding-windows'

/** One window of two patches: the left one is the first axis, the right one the second. */
const features: DenseFeatures = {
  plan: planWindows([4, 4], 4, 4),
  grid: [1, 2],
  patches: Float32Array.of(1, 0, 0, 1),
}

describe('similarityMap', () => {
  it('is the cosine of each patch, enlarged to the image', () => {
    const map = similarityMap(features, Float32Array.of(1, 0))
    expect([...map.subarray(0, 4)]).toEqual([1, 0.75, 0.25, 0])
  })
})

describe('segmentByLabels', () => {
  const labels = ['left', 'right', 'neither']
  const embeddings = { data: Float32Array.of(1, 0, 0, 1, -0.6, -0.8), shape: [3, 2] as const }

  it('gives each pixel its most likely label', () => {
    const { data, shape } = segmentByLabels(features, labels, embeddings, 40)
    expect(shape).toEqual([4, 4])
    expect([...data.subarray(0, 4)]).toEqual([0, 0, 1, 1])
  })

  it('gives pixels that two labels suit equally the first of them', () => {
    const twice = { data: Float32Array.of(1, 0, 1, 0), shape: [2, 2] as const }
    const { data, confidence } = segmentByLabels(features, ['left', 'again'], twice, 40)
    expect(new Set(data)).toEqual(new Set([0]))
    expect(new Set(confidence)).toEqual(new Set([0.5]))
  })

  it('reports the softmax probability of that label', () => {
    const { confidence } = segmentByLabels(features, labels, embeddings, 3)
    const columns = labels.map((_, i) => similarityMap(features, embeddings.data.subarray(2 * i, 2 * i + 2)))
    for (let x = 0; x < 4; x++) {
      const probabilities = softmax(
        columns.map((map) => map[x]!),
        3,
      )
      expect(confidence[x]).toBeCloseTo(Math.max(...probabilities), 6)
    }
  })
})
