/** Real files with bytes changed, and pickles that are random programs: they open, or a typed error says why not. */
import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'
import { DreamLIPError } from '../../src/errors'
import { global, int, legacyFile, pickle, tensor, torchFile, unicode } from '../checkpoint/torch/builders/pickle'

const folder = 'test/fixtures/checkpoint'
const files = readdirSync(folder).filter((name) => name.endsWith('.pt'))

async function opensOrExplains(bytes: Uint8Array): Promise<void> {
  try {
    const { tensors, close } = await readCheckpoint(bytes)
    for (const { read } of tensors.values()) await read()
    await close()
  } catch (error) {
    if (!(error instanceof DreamLIPError)) throw error
  }
}

describe('a file by PyTorch', () => {
  it.each(files)('%s with bytes changed, cut out or doubled', async (name) => {
    const original = readFileSync(`${folder}/${name}`)
    const place = fc.nat({ max: original.length - 1 })
    const edit = fc.record({ at: place, value: fc.integer({ min: 0, max: 255 }) })
    const edits = fc.array(edit, { minLength: 1, maxLength: 4 })
    const splice = fc.option(fc.record({ at: place, removed: fc.nat({ max: 40 }), repeated: fc.nat({ max: 40 }) }))
    await fc.assert(
      fc.asyncProperty(edits, splice, async (changes, cut) => {
        const bytes = Buffer.from(original)
        for (const { at, value } of changes) bytes[at] = value
        if (!cut) return opensOrExplains(bytes)
        const { at, removed, repeated } = cut
        const parts = [bytes.subarray(0, at), bytes.subarray(at, at + repeated), bytes.subarray(at + removed)]
        return opensOrExplains(Buffer.concat(parts))
      }),
      { numRuns: 150 },
    )
  })
})

/** Every piece is a valid instruction; their order is not. */
const pieces: readonly Uint8Array[] = [
  ...['N', '}', ']', ')', '(', 't', 'u', 'e', 's', 'a', '0', '1', 'l', 'd', 'R', 'b', 'Q'].map((code) => pickle(code)),
  ...[0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94].map((code) => pickle(code)),
  ...[0, 1, 2, 3].flatMap((id) => [pickle('q', id), pickle('h', id)]),
  ...[0, 1, -1, 4, 1e9, 0.5].map(int),
  ...['state_dict', 'w', 'module.w', '_metadata', '__proto__', 'storage', '0', 'cpu'].map(unicode),
  tensor(),
  tensor({ shape: [], stride: [] }),
  global('collections', 'OrderedDict'),
  global('collections', 'defaultdict'),
  global('argparse', 'Namespace'),
  global('torch', 'FloatStorage'),
  global('torch', 'Size'),
  global('torch._utils', '_rebuild_tensor_v2'),
  global('torch._utils', '_rebuild_parameter'),
  global('torch._tensor', '_rebuild_from_type_v2'),
  global('numpy', 'dtype'),
  global('numpy.core.multiarray', 'scalar'),
  global('numpy.core.multiarray', '_reconstruct'),
  global('_codecs', 'encode'),
  pickle('}', unicode('w'), tensor(), 's'),
]

describe('a pickle of random instructions', () => {
  const program = fc.array(fc.constantFrom(...pieces), { maxLength: 40 })

  it.each([
    ['in a zip', torchFile],
    ['in a legacy file', legacyFile],
  ] as const)('%s', async (_, file) => {
    await fc.assert(
      fc.asyncProperty(program, (code) => opensOrExplains(file(pickle(0x80, 2, ...code, '.')))),
      { numRuns: 3000 },
    )
  })
})
