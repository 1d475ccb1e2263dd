import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import { safetensorsBlob } from '../../../src/checkpoint/safetensors/safetensors-writer'
import type { HostTensor } from '../../../src/checkpoint/tensor'

/** A file with a header, whose stated length may be wrong, and data. */
function file(header: string | object, dataLength = 8, claimed?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(claimed ?? BigInt(json.length))
  return Buffer.concat([prefix, json, Buffer.alloc(dataLength, 1)])
}

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

async function expectRefusal(bytes: Uint8Array, message: RegExp): Promise<void> {
  await expect(readCheckpoint(bytes)).rejects.toMatchObject({
    code: 'SAFETENSORS_INVALID',
    message: expect.stringMatching(message),
  })
}

describe('a well-formed safetensors file', () => {
  it('is read: scalars, empty tensors, metadata, white space in the header', async () => {
    const header = `  ${JSON.stringify({ __metadata__: { a: 'b' }, s: f32(0, 4, []), e: f32(4, 4, [0, 3]), v: f32(4, 8) })}  `
    const { tensors, metadata, format } = await readCheckpoint(file(header))
    expect(format).toBe('safetensors')
    expect({ ...metadata }).toEqual({ a: 'b' })
    expect([...tensors.values()].map(({ shape }) => shape)).toEqual([[], [0, 3], [1]])
  })

  it('reads back what was written, whatever the names', async () => {
    const some = fc.dictionary(fc.string(), fc.float32Array({ maxLength: 20 }), {
      minKeys: 1,
      maxKeys: 5,
      noNullPrototype: true,
    })
    await fc.assert(
      fc.asyncProperty(some, async (values) => {
        const names = Object.keys(values).filter((name) => name !== '__metadata__')
        const tensors = new Map(
          names.map((name) => [
            name,
            { data: values[name]!, shape: [values[name]!.length], dtype: 'float32' } as HostTensor,
          ]),
        )
        const checkpoint = await readCheckpoint(safetensorsBlob(tensors, { format: 'pt' }))
        expect(checkpoint.tensors.size).toBe(names.length)
        for (const [name, tensor] of checkpoint.tensors) expect(await tensor.read()).toEqual(values[name])
      }),
      { numRuns: 50 },
    )
  })
})

it('refuses names that are not strings, also those that cannot become strings', () => {
  const tensor: HostTensor = { data: Float32Array.of(1), shape: [1], dtype: 'float32' }
  for (const name of [3, Symbol('weight'), Object.create(null) as object]) {
    expect(() => safetensorsBlob(new Map([[name as unknown as string, tensor]]))).toThrow(
      /^tensors: expected names that are strings/,
    )
  }
})

describe('a broken safetensors file is refused', () => {
  it.each([0n, 9n ** 9n, 2n ** 64n - 1n])('if it claims a header of %d bytes', async (claimed) => {
    const bytes = file({ w: f32(0, 8) }, 8, claimed)
    await expect(readCheckpoint(bytes)).rejects.toMatchObject({
      code: expect.stringMatching(/SAFETENSORS_INVALID|FORMAT/),
    })
  })

  it('if its header ends beyond the file', async () => {
    await expectRefusal(file({ w: f32(0, 8) }, 8, 60n), /claims 60 bytes|not valid JSON/)
  })

  it('if tensors overlap, leave gaps, or do not end with the file', async () => {
    await expectRefusal(
      file({ a: f32(0, 8), b: f32(4, 8) }),
      /'b' starts at byte 4 of the data; the one before ends at 8/,
    )
    await expectRefusal(file({ a: f32(4, 8) }), /'a' starts at byte 4/)
    await expectRefusal(file({ a: f32(0, 4) }), /end at byte 4 of the data, but the file ends at byte 8/)
    await expectRefusal(file({ a: f32(0, 12) }), /end at byte 12/)
    await expectRefusal(file({ a: { ...f32(0, 8), data_offsets: [8, 0] } }), /does not fit/)
  })

  it('if the product of the sizes of a tensor overflows', async () => {
    await expectRefusal(
      file({ a: { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] } }),
      /'a' of shape .* does not fit/,
    )
    await expectRefusal(
      file({ a: { dtype: 'F32', shape: [2 ** 52, 2 ** 52, 0], data_offsets: [0, 0] } }, 0),
      /does not fit/,
    )
  })

  it('if its JSON is nested deeply', async () => {
    await expectRefusal(file(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /nesting is too deep/)
    await expectRefusal(file(`{"a":`.repeat(50_000) + '1' + '}'.repeat(50_000)), /nesting is too deep/)
  })

  it('if its JSON has millions of values', async () => {
    await expectRefusal(file(`{"a":[${'{},'.repeat(2_000_000)}{}]}`), /more than 2000000 values/)
  })

  it('if a key occurs twice', async () => {
    const entry = JSON.stringify(f32(0, 8))
    await expectRefusal(file(`{"a":${entry},"a":${entry}}`), /the key "a" occurs twice/)
    await expectRefusal(file(`{"a":${entry},"\\u0061":${entry}}`), /the key "a" occurs twice/)
  })

  it('if an integer exceeds 2^53', async () => {
    await expectRefusal(file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9007199254740993]}}'), /exceeds 2\^53/)
  })

  it.each([
    ['a type that is not supported', { a: { ...f32(0, 8), dtype: 'F8_E4M3' } }, /F8_E4M3; supported are/],
    ['a type named like a property of objects', { a: { ...f32(0, 8), dtype: 'constructor' } }, /constructor/],
    ['a fractional size', { a: { ...f32(0, 8), shape: [0.5] } }, /not a list of whole numbers/],
    ['a tensor without offsets', { a: { dtype: 'F32', shape: [2] } }, /does not have two data_offsets/],
    ['metadata that is not a string', { __metadata__: { a: 1 }, b: f32(0, 8) }, /not a string/],
  ])('with %s', async (_, header, message) => {
    await expectRefusal(file(header), message)
  })

  it('with a header that is not JSON', async () => {
    await expectRefusal(file('{"a": nothing}'), /not valid JSON/)
  })
})
