/** Files with quantized weights: loading, sizes, and reading by other programs. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { safetensorsBlob } from '../../../src/checkpoint/safetensors/safetensors-writer'
import type { HostTensor } from '../../../src/checkpoint/tensor'
import {
  convertCheckpoint,
  cosineSimilarity,
  DreamLIP,
  inspectCheckpoint,
  readCheckpoint,
  type Embeddings,
} from '../../../src/index.node.ts'
import { pythonHas, runPython } from '../../parity/python'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-quantized-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const photo = 'examples/photos/coffee.png'
const tokens = { tokens: [[40, 7, 3, 41], [40, 9, 41]] } // prettier-ignore
const config = {
  embed_dim: 32,
  vision_cfg: { image_size: 48, layers: 2, width: 64, head_width: 32, patch_size: 16 },
  // 48 is not a multiple of 32: such matrices have 8-bit integers in int4 files.
  text_cfg: { context_length: 12, vocab_size: 42, width: 48, heads: 2, layers: 2 },
}
const model = await DreamLIP.create(config, { device: 'cpu', seed: 3 })
afterAll(() => model.dispose())

/** The cosine between the first rows. */
const cosine = (a: Embeddings, b: Embeddings) => cosineSimilarity(a, b).data[0]!

/** All tensors of a file in memory. */
async function tensorsOf(file: Blob): Promise<{ tensors: Map<string, HostTensor>; metadata: Record<string, string> }> {
  const { tensors, metadata, close } = await readCheckpoint(file)
  const read = async ([name, tensor]: [string, HostTensor & { read(): Promise<HostTensor['data']> }]) =>
    [name, { shape: tensor.shape, dtype: tensor.dtype, data: await tensor.read() }] as const
  const all = new Map(await Promise.all([...tensors].map((entry) => read(entry as never))))
  await close()
  return { tensors: all, metadata: metadata as Record<string, string> }
}

/** The smallest cosine to float32, for random weights, which are harder to round than trained ones. */
const least = { int8: 0.999, int4: 0.98 }

describe.each(['int8', 'int4'] as const)('a file of %s', (dtype) => {
  it.each(['safetensors', 'pt'])(
    'embeds nearly as the model that wrote it, loaded in any type (%s)',
    async (ending) => {
      const path = join(folder, `model-${dtype}.${ending}`)
      await model.save(path, { dtype })
      for (const loaded of ['float32', 'float16', dtype] as const) {
        for (const runtime of ['compiled', 'eager'] as const) {
          const again = await DreamLIP.load(path, { device: 'cpu', runtime, dtype: loaded })
          expect(cosine(await again.encodeImage(photo), await model.encodeImage(photo))).toBeGreaterThan(least[dtype])
          expect(cosine(await again.encodeText(tokens), await model.encodeText(tokens))).toBeGreaterThan(least[dtype])
          again.dispose()
        }
      }
    },
  )

  it('has the same integers as a model that is quantized when it is loaded', async () => {
    const [loaded, stored] = [
      await DreamLIP.load(await model.toBlob(), { device: 'cpu', dtype }),
      await DreamLIP.load(await model.toBlob({ dtype }), { device: 'cpu', dtype }),
    ]
    const products = [...loaded.parameters.keys()].filter((name) =>
      /resblocks.*(?:attn|mlp).*weight$|token_emb/.test(name),
    )
    for (const name of products) {
      expect(stored.parameters.get(name)!.data, name).toEqual(loaded.parameters.get(name)!.data)
    }
    loaded.dispose()
    stored.dispose()
  })

  it('remembers the config, and is described by inspectCheckpoint as the model that it contains', async () => {
    const described = await inspectCheckpoint(await model.toBlob({ dtype }))
    const plain = await inspectCheckpoint(await model.toBlob())
    expect(described.problem).toBeUndefined()
    expect(described.config).toEqual(plain.config)
    expect(described.parameters).toEqual(plain.parameters)
  })

  it('can hold a pruned token table', async () => {
    const again = await DreamLIP.load(await model.toBlob({ dtype, tokens: [3, 7, 9] }), { device: 'cpu', dtype })
    expect(cosine(await again.encodeText(tokens), await model.encodeText(tokens))).toBeGreaterThan(least[dtype])
    again.dispose()
  })

  it('is what convertCheckpoint writes, and it converts back to floats', async () => {
    const [small, back] = [join(folder, `small-${dtype}.safetensors`), join(folder, `back-${dtype}.safetensors`)]
    const { dtypes } = await convertCheckpoint(await model.toBlob(), small, { dtype })
    expect(dtypes).toContain('int8')
    await convertCheckpoint(small, back)
    expect(statSync(small).size).toBeLessThan(statSync(back).size / 2)
    const [a, b] = [await DreamLIP.load(small, { device: 'cpu' }), await DreamLIP.load(back, { device: 'cpu' })]
    expect(await a.encodeImage(photo)).toEqual(await b.encodeImage(photo))
    a.dispose()
    b.dispose()
  })

  it('is refused if a scale is missing', async () => {
    const { tensors, metadata } = await tensorsOf(await model.toBlob({ dtype }))
    tensors.delete('text_projection.scales')
    const loading = DreamLIP.load(safetensorsBlob(tensors, metadata), { device: 'cpu' })
    await expect(loading).rejects.toMatchObject({
      code: 'TENSOR_INVALID',
      message: expect.stringMatching(/expected text_projection.scales/),
    })
  })
})

it('A file of int8 is not quantized again: integers that use a part of their range stay as they are', async () => {
  const { tensors, metadata } = await tensorsOf(await model.toBlob({ dtype: 'int8' }))
  const name = 'visual.transformer.resblocks.0.mlp.c_fc.weight'
  const shape = tensors.get(`${name}.int8_columns`)!.shape // [inputs, outputs]
  const data = Int8Array.from({ length: shape[0]! * shape[1]! }, (_, i) => (i % 7) - 3)
  const scales = Float32Array.from({ length: shape[1]! }, (_, i) => 0.01 + i / 1000)
  tensors.set(`${name}.int8_columns`, { shape, dtype: 'int8', data })
  tensors.set(`${name}.scales`, { shape: [shape[1]!], dtype: 'float32', data: scales })
  const again = await DreamLIP.load(safetensorsBlob(tensors, metadata), { device: 'cpu', dtype: 'int8' })
  const expected = Float32Array.from(data, (_, i) => {
    const [row, column] = [Math.floor(i / shape[0]!), i % shape[0]!]
    return data[column * shape[1]! + row]! * scales[row]!
  })
  expect(again.parameters.get(name)!.data).toEqual(expected)
  again.dispose()
})

it('A file of int4 is not quantized again: scales that clip the largest value stay as they are', async () => {
  const { tensors, metadata } = await tensorsOf(await model.toBlob({ dtype: 'int4' }))
  const name = 'visual.transformer.resblocks.0.mlp.c_fc.weight'
  const { shape } = tensors.get(`${name}.scales`)! // [rows, blocks]
  const [rows, blocks] = shape as [number, number]
  const multiples = Uint8Array.from({ length: rows * blocks }, (_, i) => 1 + (i % 255))
  tensors.set(`${name}.scales`, { shape, dtype: 'uint8', data: multiples })
  const again = await DreamLIP.load(safetensorsBlob(tensors, metadata), { device: 'cpu', dtype: 'int4' })
  const [bytes, steps] = [tensors.get(`${name}.int4_blocks`)!.data, tensors.get(`${name}.scale_steps`)!.data]
  const expected = Float32Array.from({ length: rows * blocks * 32 }, (_, i) => {
    const [byte, block] = [Number(bytes[i >> 1]), i >> 5]
    return (
      ((i % 2 ? byte >> 4 : byte & 15) - 8) * Math.fround(multiples[block]! * Number(steps[Math.floor(block / blocks)]))
    )
  })
  expect(again.parameters.get(name)!.data).toEqual(expected)
  again.dispose()
})

/** Reads a file as docs/checkpoints.md describes it, and prints the sum of squares of each weight. */
const script = `
import json, sys, numpy
from safetensors.numpy import load_file
tensors = load_file(sys.argv[1])
weights = {}
for name, values in tensors.items():
    if name.endswith('.int8_columns'):
        weight = name.removesuffix('.int8_columns')
        weights[weight] = values.T.astype(numpy.float32) * tensors[weight + '.scales'][:, None]
    elif name.endswith('.int8_rows'):
        weight = name.removesuffix('.int8_rows')
        scales = tensors[weight + '.scales']
        weights[weight] = values.astype(numpy.float32) * scales.reshape([-1] + [1] * (values.ndim - 1))
    elif name.endswith('.int4_blocks'):
        weight = name.removesuffix('.int4_blocks')
        scales = tensors[weight + '.scales'] * tensors[weight + '.scale_steps'][:, None]
        pairs = numpy.stack([values & 15, values >> 4], axis=-1).reshape(*scales.shape, 32)
        weights[weight] = ((pairs.astype(numpy.float32) - 8) * scales[:, :, None]).reshape(scales.shape[0], -1)
    elif not name.endswith(('.scales', '.scale_steps')):
        weights[name] = values.astype(numpy.float32)
print(json.dumps({name: {'shape': w.shape, 'values': w.flatten()[:50].tolist()} for name, w in weights.items()}))
`

it.skipIf(!pythonHas('safetensors', 'numpy')).each(['int8', 'int4'] as const)(
  'Python reads the weights of a file of %s as this package does',
  async (dtype) => {
    const path = join(folder, `python-${dtype}.safetensors`)
    await model.save(path, { dtype })
    const read = JSON.parse(runPython(script, [path])) as Record<string, { shape: number[]; values: number[] }>
    const again = await DreamLIP.load(path, { device: 'cpu' })
    expect(Object.keys(read).sort()).toEqual([...again.parameters.keys()].sort())
    for (const [name, { shape, data }] of again.parameters) {
      expect(read[name]!.shape, name).toEqual(shape)
      expect(Float32Array.from(read[name]!.values), name).toEqual(data.slice(0, 50))
    }
    again.dispose()
  },
)
