import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp, { type PngOptions } from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIPError } from '../../../src/errors'
import { readPngSamples } from '../../../src/images/formats/png-samples.node.ts'
import { createRandom } from '../../../src/random'
import { pythonHas, runPython } from '../../parity/python'

const random = createRandom(7)
const values = (count: number, below: number) =>
  Uint8Array.from({ length: count }, () => Math.floor(random.uniform() * below))

const gray = async (width: number, height: number, options: PngOptions = {}) => {
  const data = values(width * height, 256)
  const bytes = await sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png(options)
    .toBuffer()
  return { data, bytes: new Uint8Array(bytes) }
}

describe('readPngSamples', () => {
  it.each([
    [1, 1, false],
    [13, 7, false],
    [1, 1, true],
    [3, 9, true],
    [13, 7, true],
    [64, 33, true],
  ])('reads gray levels of %i × %i pixels (interlaced: %s)', async (width, height, progressive) => {
    const { data, bytes } = await gray(width, height, { progressive, adaptiveFiltering: true })
    expect(await readPngSamples('a.png', bytes)).toEqual({ data, width, height })
  })

  it('names what is wrong with a file', async () => {
    const { bytes } = await gray(9, 9)
    const rgb = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const changed = bytes.slice()
    changed[20]! ^= 1 // the width
    await expect(readPngSamples('a.png', Uint8Array.of(1, 2, 3))).rejects.toThrow('a.png: it is not a PNG.')
    await expect(readPngSamples('a.png', rgb)).rejects.toThrow(/one value per pixel.*color type 2 with 8 bits/)
    await expect(readPngSamples('a.png', changed)).rejects.toThrow(/checksum of its part "IHDR"/)
    await expect(readPngSamples('a.png', bytes.subarray(0, bytes.length - 20))).rejects.toThrow(/ends too early/)
  })

  it('gives values or an error that names the file, whatever the bytes are', async () => {
    const { bytes } = await gray(9, 9, { progressive: true })
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(bytes.length), async (changes, end) => {
        const changed = bytes.slice(0, end)
        for (const [at, value] of changes) changed[at] = value
        const error: unknown = await readPngSamples('a.png', changed).catch((thrown: unknown) => thrown)
        if (error instanceof Error) {
          expect(error).toBeInstanceOf(DreamLIPError)
          expect(error.message).toMatch(/^a\.png: /)
        }
      }),
      { numRuns: 300 },
    )
  })
})

const makePngs = `
import sys, json, numpy
from PIL import Image
rng = numpy.random.default_rng(3)
for bits in (1, 2, 4, 8):
    image = Image.fromarray(rng.integers(0, 2 ** bits, (11, 19), dtype=numpy.uint8), 'P')
    image.putpalette(rng.integers(0, 256, 3 * 2 ** bits, dtype=numpy.uint8).tobytes())
    image.save(f'{sys.argv[1]}/p{bits}.png', bits=bits)
    numpy.asarray(image).astype('<u2').tofile(f'{sys.argv[1]}/p{bits}.raw')
wide = rng.integers(0, 65536, (11, 19), dtype=numpy.uint16)
Image.fromarray(wide).save(sys.argv[1] + '/i16.png')
wide.astype('<u2').tofile(sys.argv[1] + '/i16.raw')
bit = rng.integers(0, 2, (11, 19), dtype=numpy.uint8)
Image.fromarray(bit * 255).convert('1').save(sys.argv[1] + '/b1.png')
bit.astype('<u2').tofile(sys.argv[1] + '/b1.raw')
`

describe.skipIf(!pythonHas('numpy', 'PIL'))('readPngSamples of files that Pillow writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-png-'))
  beforeAll(() => void runPython(makePngs, [folder]))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(['p1', 'p2', 'p4', 'p8', 'i16', 'b1'])('gives the indices and levels of %s, not colours', async (name) => {
    const { data, width, height } = await readPngSamples(name, readFileSync(join(folder, `${name}.png`)))
    expect([width, height]).toEqual([19, 11])
    const raw = readFileSync(join(folder, `${name}.raw`))
    expect([...data]).toEqual(Array.from({ length: 11 * 19 }, (_, i) => raw.readUInt16LE(2 * i)))
  })
})
