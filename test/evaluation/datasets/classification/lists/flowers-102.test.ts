/** The lists of Flowers-102, written by SciPy, and invalid MATLAB files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classificationSets } from '../../../../../src/evaluation/datasets/classification/known-classification-sets.node.ts'
import { readMatNumbers } from '../../../../../src/evaluation/datasets/classification/lists/mat-numbers.node.ts'
import { DreamLIPError } from '../../../../../src/index'
import { pythonHas, runPythonFile } from '../../../../parity/python'

describe.skipIf(!pythonHas('numpy', 'scipy'))('Flowers-102', () => {
  const root = mkdtempSync(join(tmpdir(), 'dreamlip-flowers-'))
  beforeAll(() => void runPythonFile('test/parity/classification.py', ['flowers', root]), 120_000)
  afterAll(() => rmSync(root, { recursive: true }))

  it.each(['packed', 'plain'])('is read by its own lists, %s', async (name) => {
    const folder = join(root, name)
    mkdirSync(join(folder, 'jpg'))
    writeFileSync(join(folder, 'jpg/image_00002.jpg'), 'x')
    const open = async (split?: string) => {
      const { samples, classes, problems } = await classificationSets.flowers102!.open(folder, { split })
      const images = samples.map(({ id, classes: [at] }) => [id, classes[at!]])
      return { images, told: problems.map(({ reason, item }) => `${reason}: ${item}`) }
    }
    const test = await open()
    expect(test.images).toEqual([
      ['image_00002.jpg', 'globe thistle'],
      ['image_00004.jpg', 'pink primrose'],
    ])
    // Image 5 has no label.
    expect(test.told).toEqual(['image-missing: image_00004.jpg', 'class-unknown: -1', 'incomplete: flowers102, test'])
    expect((await open('val')).images.map(([id]) => id)).toEqual(['image_00003.jpg', 'image_00002.jpg'])
  })

  it('refuses MATLAB files that are damaged, or of another version', () => {
    const bytes = new Uint8Array(readFileSync(join(root, 'packed/setid.mat')))
    const plain = new Uint8Array(readFileSync(join(root, 'plain/setid.mat')))
    expect(() => readMatNumbers('setid.mat', bytes.subarray(0, 150))).toThrow(
      /setid.mat: expected a MATLAB file of version 5; it is cut off/,
    )
    expect(() => readMatNumbers('setid.mat', new Uint8Array(200))).toThrow(/another version/)
    const changed = fc
      .tuple(fc.constantFrom(bytes, plain), fc.nat(1000), fc.nat(255), fc.nat(20))
      .map(([from, at, value, cut]) => {
        const copy = from.slice(0, from.length - cut)
        copy[at % copy.length] = value
        return copy
      })
    fc.assert(
      fc.property(changed, (own) => {
        try {
          readMatNumbers('x', own)
        } catch (error) {
          expect(error).toBeInstanceOf(DreamLIPError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
