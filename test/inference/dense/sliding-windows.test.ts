import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resizeBilinear } from '../../../src/inference/dense/bilinear'
import { mergeWindows, planWindows } from '../../../src/inference/dense/sliding-windows'

describe('planWindows', () => {
  it('covers a square image of the window’s size with one window', () => {
    expect(planWindows([480, 480], 224, 224)).toMatchObject({ scaled: [224, 224], corners: [[0, 0]] })
  })

  it('steps half a window along the long side and ends at the border', () => {
    const { scaled, corners } = planWindows([100, 200], 224, 224)
    expect(scaled).toEqual([224, 448])
    expect(corners).toEqual([
      [0, 0],
      [0, 112],
      [0, 224],
    ])
  })

  it('covers every pixel of every image and never leaves it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 2, max: 40 }),
        (height, width, size) => {
          fc.pre(Math.max(height, width) / Math.min(height, width) < 50)
          const plan = planWindows([height, width], size + 5, size)
          const [rows, columns] = plan.scaled
          const covered = [new Set<number>(), new Set<number>()] as const
          for (const [y, x] of plan.corners) {
            expect(y >= 0 && x >= 0 && y + size <= rows && x + size <= columns).toBe(true)
            for (let i = 0; i < size; i++) {
              covered[0].add(y + i)
              covered[1].add(x + i)
            }
          }
          expect([covered[0].size, covered[1].size]).toEqual([rows, columns])
        },
      ),
    )
  })
})

describe('mergeWindows', () => {
  it('is a plain enlargement if one window covers the image', () => {
    const plan = planWindows([32, 32], 16, 16)
    const map = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i))
    const expected = resizeBilinear(resizeBilinear(map, [4, 4], [16, 16]), [16, 16], [32, 32])
    expect(mergeWindows(plan, map, [4, 4])).toEqual(expected)
  })

  it('averages if windows overlap', () => {
    const plan = planWindows([8, 12], 8, 8)
    expect(plan.corners).toEqual([
      [0, 0],
      [0, 4],
    ])
    const merged = mergeWindows(plan, Float32Array.of(1, 3), [1, 1])
    expect([...merged.subarray(0, 12)]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
  })
})
