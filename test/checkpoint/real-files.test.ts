/** Files from PyTorch's own writers (test/parity/checkpoint.py), compared bit for bit. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../src/bytes/byte-source'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'
import type { Checkpoint } from '../../src/checkpoint/tensor'
import { readTorchFile } from '../../src/checkpoint/torch/torch-checkpoint'

const folder = 'test/fixtures/checkpoint'

interface Bits {
  readonly dtype: string
  readonly shape: readonly number[]
  /** Row-major, little-endian, in hexadecimal; half precision widened to float32. */
  readonly bytes: string
}
const golden = JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8')) as Record<
  'tensors' | 'weights',
  Record<string, Bits>
>

async function bitsOf({ tensors }: Checkpoint): Promise<Record<string, Bits>> {
  const all: Record<string, Bits> = {}
  for (const [name, { dtype, shape, read }] of tensors) {
    const { buffer, byteOffset, byteLength } = await read()
    all[name] = { dtype, shape, bytes: Buffer.from(buffer, byteOffset, byteLength).toString('hex') }
  }
  return all
}

describe('every kind of tensor and view', () => {
  it.each([
    ['tensors.pt', 'pytorch-zip'],
    ['tensors-legacy.pt', 'pytorch-legacy'],
    ['tensors-protocol-4.pt', 'pytorch-zip'],
    ['tensors-deflated.pt', 'pytorch-zip'],
    ['tensors-without-crc.pt', 'pytorch-zip'],
  ])('has PyTorch’s bits: %s', async (file, format) => {
    const checkpoint = await readCheckpoint(`${folder}/${file}`)
    expect(checkpoint.format).toBe(format)
    expect(await bitsOf(checkpoint)).toEqual(golden.tensors)
    await checkpoint.close()
  })

  it('is read alone: a view of a larger storage costs only its own bytes', async () => {
    const bytes = readFileSync(`${folder}/tensors-legacy.pt`)
    const checkpoint = await readCheckpoint(bytes)
    const before = checkpoint.bytesRead
    await checkpoint.tensors.get('tail')!.read()
    expect(checkpoint.bytesRead - before).toBe(8 + 40 * 4)
  })

  it('is read where records are aligned to pages, no byte twice', async () => {
    const checkpoint = await readCheckpoint(`${folder}/aligned-4096.pt`)
    const before = checkpoint.bytesRead
    const { plain, window } = golden.tensors
    expect(await bitsOf(checkpoint)).toEqual({ plain, window })
    expect(checkpoint.bytesRead - before).toBeLessThan(2 * 300 + 6 * 4 + 22 * 4)
    await checkpoint.close()
  })

  it('is refused if its type is complex, and the error names it', async () => {
    await expect(readCheckpoint(`${folder}/complex.pt`)).rejects.toMatchObject({
      code: 'TENSOR_INVALID',
      message: expect.stringMatching(
        /tensor 'complex' has the type ComplexFloat.* Save it with its weights as float32/,
      ),
    })
  })
})

describe('a model’s weights', () => {
  it.each([
    ['a training checkpoint', 'training.pt'],
    ['a training checkpoint of the legacy format', 'training-legacy.pt'],
    ['a state_dict of a compiled model', 'compiled.pt'],
    ['TorchScript', 'torchscript.pt'],
  ])('are found by name in %s', async (_, file) => {
    const checkpoint = await readCheckpoint(`${folder}/${file}`)
    expect(await bitsOf(checkpoint)).toEqual(golden.weights)
    await checkpoint.close()
  })

  it('may be parameters instead of tensors', async () => {
    const { 'visual.steps': _steps, ...parameters } = golden.weights
    expect(await bitsOf(await readCheckpoint(`${folder}/parameters.pt`))).toEqual(parameters)
  })

  it.each(['training.pt', 'training-legacy.pt'])('come with plain metadata: %s', async (file) => {
    const { metadata } = await readCheckpoint(`${folder}/${file}`)
    expect({ ...metadata }).toEqual({ epoch: 3, name: 'tiny' })
  })
})

describe('what trainers store next to the weights', () => {
  it.each(['training.pt', 'training-legacy.pt'])('becomes plain data: %s', async (file) => {
    const { value } = await readTorchFile(bufferSource(readFileSync(`${folder}/${file}`)))
    const facts = (value as Map<string, unknown>).get('facts') as Map<string, unknown>
    expect(Object.fromEntries(facts)).toMatchObject({
      args: new Map<string, unknown>([
        ['lr', 5e-4],
        ['betas', [0.9, 0.98]],
        ['name', 'vit'],
      ]),
      groups: new Map([['a', [1, 2]]]),
      seen: new Map([
        ['a', 2],
        ['b', 1],
        ['c', 1],
      ]),
      scalars: [0.25, 0.5, 1.5, -7, 200, true],
      size: [2, 3],
      device: 'cuda:1',
      bytes: Uint8Array.of(0, 255),
      set: [1],
      large: 2n ** 80n,
    })
    expect([...(facts.get('array') as number[])]).toEqual([0, 1, 2, 3, 4, 5])
    expect([...(facts.get('big_endian') as number[])]).toEqual([1, 2, 3])
    expect([...(facts.get('words') as number[])]).toEqual([])
  })
})
