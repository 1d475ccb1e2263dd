/** The binary formats of CIFAR, STL-10 and MNIST, also with wrong bytes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCifar } from '../../../../src/evaluation/datasets/classification/pixels/cifar'
import { readIdxImages, readIdxLabels } from '../../../../src/evaluation/datasets/classification/pixels/idx'
import { readLabelArray } from '../../../../src/evaluation/datasets/classification/web-dataset/label-array'
import { readSTL10 } from '../../../../src/evaluation/datasets/classification/pixels/stl-10'
import { DreamLIPError } from '../../../../src/index'

const pixelAt = (image: { data: ArrayLike<number>; width: number }, x: number, y: number) =>
  [0, 1, 2].map((c) => image.data[3 * (y * image.width + x) + c])

describe('readCifar', () => {
  it('turns planes into pixels, and takes the fine label of CIFAR-100', () => {
    const record = new Uint8Array(2 + 3072)
    record.set([7, 42])
    record[2 + 32 * 5 + 3] = 200 // red of column 3, row 5
    record[2 + 1024 + 32 * 5 + 3] = 100
    const [first, second] = readCifar('test.bin', Uint8Array.of(...record, ...record), 2)
    expect(first!.label).toBe(42)
    expect(pixelAt(second!.image, 3, 5)).toEqual([200, 100, 0])
  })

  it('refuses a file that is cut off', () => {
    expect(() => readCifar('test.bin', new Uint8Array(3072), 1)).toThrow(
      /test.bin: expected records of 3073 bytes; got 3072/,
    )
  })
})

describe('readSTL10', () => {
  it('reads columns first', () => {
    const planes = new Uint8Array(3 * 96 * 96)
    planes[96 * 3 + 5] = 200 // red of column 3, row 5
    const [only] = readSTL10('test_X.bin', planes, Uint8Array.of(10))
    expect(only!.label).toBe(10)
    expect(pixelAt(only!.image, 3, 5)).toEqual([200, 0, 0])
  })

  it('refuses images without labels', () => {
    expect(() => readSTL10('test_X.bin', new Uint8Array(3 * 96 * 96), new Uint8Array())).toThrow(
      /expected 1 labels.*got 0/,
    )
  })
})

const idx = (axes: readonly number[], data: readonly number[], type = 8) =>
  Uint8Array.of(0, 0, type, axes.length, ...axes.flatMap((size) => [0, 0, size >> 8, size & 255]), ...data)

describe('readIdx', () => {
  it('reads images and labels', () => {
    const images = readIdxImages('images', idx([2, 1, 3], [1, 2, 3, 4, 5, 6]))
    expect(images.map(({ data }) => [...data])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(images[0]).toMatchObject({ width: 3, height: 1, channels: 1 })
    expect([...readIdxLabels('labels', idx([3], [9, 8, 7]))]).toEqual([9, 8, 7])
  })

  it('refuses other types, shapes and lengths', () => {
    expect(() => readIdxImages('images', idx([1, 1, 1], [0], 0x0d))).toThrow(
      /expected an IDX file of bytes with 3 axes/,
    )
    expect(() => readIdxLabels('labels', idx([1, 1, 1], [0]))).toThrow(/with 1 axes/)
    expect(() => readIdxImages('images', idx([2, 2, 2], [0]))).toThrow(
      /expected 2 × 2 × 2 bytes after the header; got 1/,
    )
    expect(() => readIdxImages('images', idx([9, 0, 2], []))).toThrow(/expected images with pixels/)
  })
})

describe('bytes of any kind', () => {
  const answers = (read: () => unknown) => {
    try {
      read()
    } catch (error) {
      expect(error).toBeInstanceOf(DreamLIPError)
    }
  }
  /** Arbitrary bytes, and bytes that begin like a file of the format. */
  const bytes = (...heads: readonly Uint8Array[]) =>
    fc
      .tuple(fc.constantFrom(new Uint8Array(), ...heads), fc.uint8Array({ maxLength: 80 }))
      .map(([head, rest]) => Uint8Array.of(...head, ...rest))

  it('are read, or refused by name', () => {
    const numpy = new TextEncoder().encode("NUMPY\x01\x00\x10\x00{'descr': '<i8'}")
    fc.assert(
      fc.property(bytes(idx([1, 2, 3], []), idx([4], []), Uint8Array.of(0x93, ...numpy)), fc.nat(12), (data, count) => {
        answers(() => readIdxImages('x', data))
        answers(() => readIdxLabels('x', data))
        answers(() => readCifar('x', data, 1))
        answers(() => readSTL10('x', data, data))
        const labels = readLabelArray(data, count)
        if (typeof labels !== 'string') expect(labels.every((at) => at < count)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })
})
