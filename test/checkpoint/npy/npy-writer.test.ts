import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { npyBytes } from '../../../src/checkpoint/npy/npy-writer'
import { pythonHas, runPython } from '../../parity/python'

describe('npyBytes', () => {
  it('writes a header of whole 64-byte blocks, then the values', () => {
    const bytes = npyBytes({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] })
    expect(bytes.length).toBe(128 + 24)
    expect(Buffer.from(bytes.subarray(1, 6)).toString()).toBe('NUMPY')
    expect(Buffer.from(bytes.subarray(10, 128)).toString()).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/,
    )
    expect(new Float32Array(bytes.slice(128).buffer)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
  })

  it.skipIf(!pythonHas('numpy'))('writes what NumPy reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
    const cases = [
      { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
      { data: Int32Array.of(1, -2), shape: [2] },
      { data: new Float32Array(0), shape: [0, 512] },
    ]
    cases.forEach((array, i) => writeFileSync(join(folder, `${i}.npy`), npyBytes(array)))
    const script = `
import json, numpy, sys
arrays = [numpy.load(f"{sys.argv[1]}/{i}.npy") for i in range(3)]
print(json.dumps([[str(a.dtype), list(a.shape), a.flatten().tolist()] for a in arrays]))`
    const seen = JSON.parse(runPython(script, [folder]))
    rmSync(folder, { recursive: true })
    expect(seen).toEqual([
      ['float32', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['int32', [2], [1, -2]],
      ['float32', [0, 512], []],
    ])
  })
})
