import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../../src/bytes/byte-source'
import { readNpy } from '../../../src/checkpoint/npy/npy-reader'
import { npyBytes } from '../../../src/checkpoint/npy/npy-writer'
import { pythonHas, runPython } from '../../parity/python'

const read = (bytes: Uint8Array) => readNpy(bufferSource(bytes, 'a.npy'))

/** A file of version 1.0 with this header, unpadded, and these bytes as values. */
function fileOf(header: string, values: Uint8Array = new Uint8Array(), version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12
  const bytes = Buffer.alloc(start + header.length + values.length)
  bytes.write('\x93NUMPY', 'latin1')
  bytes[6] = version
  if (version === 1) bytes.writeUInt16LE(header.length, 8)
  else bytes.writeUInt32LE(header.length, 8)
  bytes.write(header, start, 'latin1')
  bytes.set(values, start + header.length)
  return new Uint8Array(bytes)
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`
const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)

describe('readNpy', () => {
  it('reads what npyBytes writes', async () => {
    const axes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 2 })
    const cases = axes.chain((shape) => {
      const length = shape.reduce((a, b) => a * b, 1)
      return fc.float32Array({ minLength: length, maxLength: length }).map((data) => ({ data, shape }))
    })
    await fc.assert(
      fc.asyncProperty(cases, async (array) => {
        expect(await read(npyBytes(array))).toEqual(array)
      }),
    )
  })

  it('reads headers as Python 2 and others write them', async () => {
    const values = bytesOf(1, 2, 3, 4)
    const expected = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }
    expect(await read(fileOf(header(`'<f4'`, '(2L, 2L)'), values))).toEqual(expected)
    expect(await read(fileOf(`{"shape":(2,2),"fortran_order":False,"descr":"<f4"}\n`, values))).toEqual(expected)
    for (const version of [2, 3]) {
      expect(await read(fileOf(header(`'<f4'`, '(2, 2)'), values, version))).toEqual(expected)
    }
  })

  it('turns columns into rows where the file is in Fortran order', async () => {
    const file = fileOf(header(`'<f4'`, '(2, 3)', 'True'), bytesOf(1, 4, 2, 5, 3, 6))
    expect(await read(file)).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] })
  })

  it.skipIf(!pythonHas('numpy'))('reads every float type and byte order of NumPy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
    const types = ['<f2', '>f2', '<f4', '>f4', '<f8', '>f8']
    try {
      runPython(
        `
import sys, numpy as np
a = np.array([[1, -2.5, 3e-8], [65504, 0.1, -0.0]])
for i, t in enumerate(sys.argv[2:]):
    np.save(f'{sys.argv[1]}/c{i}.npy', a.astype(t))
    np.save(f'{sys.argv[1]}/f{i}.npy', np.asfortranarray(a.astype(t)))
    a.astype(t).astype('<f4').tofile(f'{sys.argv[1]}/expected{i}')
`,
        [folder, ...types],
      )
      for (const i of types.keys()) {
        const expected = new Float32Array(new Uint8Array(readFileSync(join(folder, `expected${i}`))).buffer)
        for (const order of ['c', 'f']) {
          expect(await read(readFileSync(join(folder, `${order}${i}.npy`)))).toEqual({ data: expected, shape: [2, 3] })
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a .npy file is refused', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['without the marker', new Uint8Array(20), /expected a NumPy array/],
    ['cut in the first bytes', fileOf('').slice(0, 9), /expected a NumPy array/],
    ['of an unknown version', fileOf(header(`'<f4'`, '(0,)'), undefined, 9), /version 1, 2 or 3 of the format; got 9/],
    ['with a header beyond its end', fileOf('{  ').fill(255, 8, 10), /its header claims 65535 bytes/],
    ['with a header of gigabytes', fileOf('{  ', undefined, 2).fill(255, 8, 12), /its header claims 4294967295 bytes/],
    ['with a header that is no dict', fileOf('hello'), /expected a header with the type, order and shape.*got hello/],
    ['with an entry twice', fileOf(`{'shape': (1,), 'shape': (1,), 'descr': '<f4'}`), /expected a header with/],
    ['with another entry', fileOf(`{'descr': '<f4', 'fortran_order': False, 'x': (1,)}`), /expected a header with/],
    ['with code in its header', fileOf(header(`__import__('os')`, '(1,)')), /expected a header with/],
    ['with a negative axis', fileOf(header(`'<f4'`, '(-1, 4)')), /expected a header with/],
    ['with a shape of words', fileOf(header(`'<f4'`, 'shape')), /expected a shape such as \(3, 512\); got shape/],
    ['with a shape too large to count', fileOf(header(`'<f4'`, '(999999999999999, 99999)')), /is too large/],
    [
      'with fewer values than its shape',
      fileOf(header(`'<f4'`, '(2, 2)'), bytesOf(1, 2, 3)),
      /expected 16 bytes.*got 12/,
    ],
    [
      'with more values than its shape',
      fileOf(header(`'<f4'`, '(2, 1)'), bytesOf(1, 2, 3)),
      /expected 8 bytes.*got 12/,
    ],
  ]
  it.each(cases)('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'NPY_INVALID', message: expect.stringMatching(message) })
  })

  const others: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      'whole numbers',
      fileOf(header(`'<i8'`, '(2, 2)')),
      /float16, float32 or float64 values; got type '<i8'\. Save it in/,
    ],
    ['Python objects', fileOf(header(`'|O'`, '(2, 2)')), /got type '\|O'/],
    ['records', fileOf(header(`[('x', '<f4'), ('y', '<f4')]`, '(2,)')), /expected an array of numbers; got records/],
    ['three axes', fileOf(header(`'<f4'`, '(2, 3, 4)')), /expected one or two axes; got \(2, 3, 4\)/],
    ['no axes', fileOf(header(`'<f4'`, '()'), bytesOf(1)), /expected one or two axes; got \(\)/],
  ]
  it.each(others)('with %s, and the message says what to do', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'NPY_INVALID', message: expect.stringMatching(message) })
  })

  it('without hanging on a header made of spaces and quotes', async () => {
    const long = `{${`'a' `.repeat(1000)}${' '.repeat(5000)}x`
    await expect(read(fileOf(long))).rejects.toMatchObject({ code: 'NPY_INVALID' })
  })
})
