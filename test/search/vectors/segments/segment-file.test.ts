import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../../../src/bytes/byte-source'
import { safetensorsChunks } from '../../../../src/checkpoint/safetensors/safetensors-writer'
import { DreamLIPError } from '../../../../src/errors'
import { createRandom } from '../../../../src/random'
import { fieldsAt, vectorsAt } from '../../../../src/search/vectors/reading/read-rows'
import { loadSegment } from '../../../../src/search/vectors/scan/loaded-segment'
import { findRows } from '../../../../src/search/vectors/segments/find-rows'
import { hashOf } from '../../../../src/search/vectors/segments/id-table'
import { readSegment, segmentTensors } from '../../../../src/search/vectors/segments/segment-file'

const width = 4
const fieldTypes = { size: 'number', name: 'text' } as const

/** The bytes of a segment. */
function segmentBytes(ids: readonly string[]): Uint8Array {
  const random = createRandom(ids.length)
  const vectors = Float32Array.from({ length: ids.length * width }, () => random.normal())
  const fields = { size: Float64Array.from(ids, (_, i) => i), name: ids.map((id) => `name of ${id}`) }
  return Buffer.concat([...safetensorsChunks(segmentTensors({ ids, vectors, fields }, width))])
}

async function open(ids: readonly string[], bytes = segmentBytes(ids)) {
  const file = await readSegment(bufferSource(bytes, 'a.safetensors'), { rows: ids.length, width, fieldTypes })
  return { file, entry: { file: 'a.safetensors', rows: ids.length, removed: [] as number[] } }
}

describe('rows of ids', () => {
  it('are found for any ids, but not if they were removed', async () => {
    const names = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(names, async (ids) => {
        const [added, others] = [ids.slice(1), ids.slice(0, 1)]
        const { file, entry } = await open(added)
        const segment = { file, entry: { ...entry, removed: [0] } }
        const found = await findRows([segment], [...others, ...added])
        expect(found.map((place) => place?.row)).toEqual([undefined, undefined, ...added.slice(1).map((_, i) => i + 1)])
      }),
    )
  })

  it('are told apart where hashes agree', async () => {
    const [one, other] = ['costarring', 'liquid']
    expect(hashOf(Buffer.from(one!))).toBe(hashOf(Buffer.from(other!)))
    const alone = await open(['x', one!])
    expect((await findRows([alone], [other!, one!])).map((place) => place?.row)).toEqual([undefined, 1])
    const both = await open([one!, 'x', other!])
    expect((await findRows([both], [other!, one!])).map((place) => place?.row)).toEqual([2, 0])
  })

  it('are found without reading the other ids', async () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `/home/someone/photos/${i}/${'folder/'.repeat(9)}.jpg`)
    const segment = await open(ids)
    await segment.file.idTable()
    const before = segment.file.source.bytesRead
    const found = await findRows([segment], [ids[70]!, ids[4900]!, 'nothing'])
    expect(found.map((place) => place?.row)).toEqual([70, 4900, undefined])
    expect(segment.file.source.bytesRead - before).toBe(ids[70]!.length + ids[4900]!.length)
  })
})

it('a damaged segment is read or refused by name, whatever was changed', async () => {
  const ids = ['a', 'bb', 'ccc', 'dddd']
  const bytes = segmentBytes(ids)
  const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255), length: fc.nat(bytes.length) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), async (changes, cuts) => {
      const damaged = new Uint8Array(bytes)
      for (const { at, to } of changes) damaged[at] = to
      try {
        const segment = await open(ids, cuts ? damaged.subarray(0, changes[0]!.length) : damaged)
        const places = await findRows([segment], ids)
        await vectorsAt(places, width)
        await fieldsAt(places, fieldTypes)
        await loadSegment(segment.file)
      } catch (error) {
        expect(error).toBeInstanceOf(DreamLIPError)
        expect(error).toMatchObject({
          code: 'INDEX_INVALID',
          message: expect.stringContaining('a.safetensors') as string,
        })
      }
    }),
    { numRuns: 400 },
  )
})
