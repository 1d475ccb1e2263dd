import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCheckpoint, safetensorsBlob } from '../../src/index'
import { DreamLIPError } from '../../src/errors'

const golden = readFileSync('examples/golden/golden.pt')
const tensor = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], dtype: 'float32' as const }
const safetensors = new Uint8Array(await safetensorsBlob({ a: tensor, b: tensor }, { k: 'v' }).arrayBuffer())
/** The end of the file: its directory, where a change does the most. */
const directoryStart = golden.length - 12_000

/** Whatever the bytes, a checkpoint opens and its tensors read, or a typed error says why not. */
async function opensOrExplains(bytes: Uint8Array): Promise<void> {
  try {
    const checkpoint = await readCheckpoint(bytes)
    for (const { read } of [...checkpoint.tensors.values()].slice(0, 5)) await read()
    await checkpoint.close()
  } catch (error) {
    if (!(error instanceof DreamLIPError)) throw error
    expect(error.message.length).toBeGreaterThan(20)
  }
}

function changed(original: Uint8Array, changes: readonly (readonly [number, number])[], from = 0): Uint8Array {
  const bytes = new Uint8Array(original)
  for (const [at, value] of changes) bytes[from + (at % (bytes.length - from))] = value
  return bytes
}

const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 })

describe('readCheckpoint', () => {
  it('opens or explains any bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), opensOrExplains), { numRuns: 300 })
  })

  it.each([
    ['a zip', Uint8Array.of(0x50, 0x4b, 3, 4)],
    ['a legacy file', Uint8Array.of(0x80, 2, 0x8a, 10)],
    ['safetensors', Uint8Array.of(20, 0, 0, 0, 0, 0, 0, 0, 0x7b)],
  ])('opens or explains what begins like %s', async (_, head) => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (rest) =>
      opensOrExplains(Buffer.concat([head, rest])),
    )
    await fc.assert(property, { numRuns: 200 })
  })

  it('opens or explains a PyTorch file with bytes changed in its pickle or its directory', async () => {
    const pickle = golden.subarray(0, 20_000)
    const property = fc.asyncProperty(changes, fc.boolean(), (list, early) => {
      const bytes = early
        ? Buffer.concat([changed(pickle, list), golden.subarray(20_000)])
        : changed(golden, list, directoryStart)
      return opensOrExplains(bytes)
    })
    await fc.assert(property, { numRuns: 150 })
  })

  it('opens or explains a safetensors file with bytes changed, or cut', async () => {
    await fc.assert(
      fc.asyncProperty(changes, (list) => opensOrExplains(changed(safetensors, list))),
      { numRuns: 500 },
    )
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: safetensors.length }), (length) =>
        opensOrExplains(safetensors.subarray(0, length)),
      ),
      { numRuns: 100 },
    )
  })
})
