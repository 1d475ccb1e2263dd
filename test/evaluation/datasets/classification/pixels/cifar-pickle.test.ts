/** CIFAR's batches for Python, written by Python, and pickles that are not batches. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCifarPickle } from '../../../../../src/evaluation/datasets/classification/pixels/cifar-pickle'
import { classificationSets } from '../../../../../src/evaluation/datasets/classification/known-classification-sets.node.ts'
import { DreamLIPError, type RawImage } from '../../../../../src/index'
import { pythonHas, runPythonFile } from '../../../../parity/python'

describe.skipIf(!pythonHas('numpy'))("CIFAR's pickles", () => {
  const root = mkdtempSync(join(tmpdir(), 'dreamlip-cifar-'))
  let pixel: number[]
  beforeAll(() => {
    pixel = JSON.parse(runPythonFile('test/parity/classification.py', ['cifar', root])) as number[]
  }, 120_000)
  afterAll(() => rmSync(root, { recursive: true }))

  it.each(['python2', 'python2-text', 'python3', 'protocol4'])('are read as %s writes them', async (name) => {
    const { samples, classes, problems } = await classificationSets.cifar10!.open(join(root, name))
    expect(samples.map(({ classes: [at] }) => classes[at!])).toEqual(['cat', 'truck'])
    expect(problems.map(({ reason }) => reason)).toEqual(['incomplete'])
    const { data, width } = samples[1]!.image as RawImage
    const found = [...data.subarray(3 * (5 * width + 3), 3 * (5 * width + 3) + 3)]
    expect(found).toEqual(name === 'python2-text' ? pixel.map((value) => value % 128) : pixel)
  })

  it('are refused if they name anything but arrays', async () => {
    await expect(classificationSets.cifar10!.open(join(root, 'forbidden'))).rejects.toThrow(
      /it asks for pathlib.*which a batch of CIFAR does not need; nothing was executed/,
    )
  })

  it('are read or refused by name, whatever their bytes are', () => {
    const batch = new Uint8Array(readFileSync(join(root, 'python3', 'cifar-10-batches-py', 'test_batch')))
    const head = new Uint8Array(readFileSync(join(root, 'python2', 'cifar-10-batches-py', 'test_batch'))).subarray(
      0,
      300,
    )
    const changed = fc.tuple(fc.constantFrom(batch, head), fc.nat(400), fc.nat(255)).map(([from, at, value]) => {
      const bytes = from.slice()
      bytes[at % bytes.length] = value
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        try {
          readCifarPickle('batch', bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DreamLIPError)
        }
      }),
      { numRuns: 400 },
    )
  })
})
