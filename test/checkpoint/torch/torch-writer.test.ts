import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import type { HostTensor } from '../../../src/checkpoint/tensor'
import { savePyTorch } from '../../../src/checkpoint/torch/save-pytorch.node.ts'
import { pyTorchBlob, type CheckpointState } from '../../../src/checkpoint/torch/torch-writer'
import { pythonHas, runPython } from '../../parity/python'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'state.pt')

const shared: HostTensor = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], dtype: 'float32' }
const tensors: Record<string, HostTensor> = {
  'visual.proj': shared,
  tied: shared,
  half: { data: Float32Array.of(1.5, -2, 65504), shape: [3], dtype: 'float16' },
  brain: { data: Float32Array.of(1.5, 3.14159), shape: [2], dtype: 'bfloat16' },
  double: { data: Float64Array.of(Math.PI), shape: [1], dtype: 'float64' },
  long: { data: BigInt64Array.of(1n, -5n), shape: [2], dtype: 'int64' },
  bytes: { data: Uint8Array.of(0, 255), shape: [2], dtype: 'uint8' },
  bool: { data: Uint8Array.of(1, 0, 1), shape: [3], dtype: 'bool' },
  scalar: { data: Float32Array.of(7), shape: [], dtype: 'float32' },
  empty: { data: new Float32Array(0), shape: [0, 3], dtype: 'float32' },
}
const state: CheckpointState = {
  epoch: 3,
  name: 'naïve — 日本語',
  lr: 5e-4,
  large: 2 ** 40,
  negative: -(2 ** 40),
  unsigned: 2n ** 63n,
  minusZero: -0,
  none: null,
  list: [1, 'a', true, []],
  state_dict: new Map(Object.entries(tensors)),
  optimizer: { state: new Map([[0, { exp_avg: shared }]]), param_groups: [{ params: [0, 1] }] },
}

describe('savePyTorch', () => {
  it('writes files that readCheckpoint reads', async () => {
    await savePyTorch(path, state)
    const checkpoint = await readCheckpoint(path)
    expect(checkpoint.format).toBe('pytorch-zip')
    expect(checkpoint.metadata).toMatchObject({ epoch: 3, name: 'naïve — 日本語', lr: 5e-4, large: 2 ** 40 })
    expect([...checkpoint.tensors.keys()]).toEqual(Object.keys(tensors))
    for (const [name, tensor] of checkpoint.tensors) {
      expect([tensor.shape, tensor.dtype], name).toEqual([tensors[name]!.shape, tensors[name]!.dtype])
      if (name !== 'brain') expect(await tensor.read(), name).toEqual(tensors[name]!.data)
    }
    expect(await checkpoint.tensors.get('brain')!.read()).toEqual(Float32Array.of(1.5, 3.140625))
    await checkpoint.close()
  })

  it.skipIf(!pythonHas('torch'))(
    'writes files that torch.load(weights_only=True) accepts, memory-mapped or not',
    async () => {
      await savePyTorch(path, state)
      const script = `
import json, math, sys, torch
state = torch.load(sys.argv[1], weights_only=True)
torch.load(sys.argv[1], weights_only=True, mmap=True)
tensors = state.pop("state_dict")
moment = state.pop("optimizer")["state"][0]["exp_avg"]
print(json.dumps({
    "state": {k: str(v) for k, v in state.items()},
    "tensors": {k: [str(v.dtype), list(v.shape), v.flatten().tolist(), v.is_contiguous()] for k, v in tensors.items()},
    "shared": tensors["tied"].data_ptr() == tensors["visual.proj"].data_ptr() == moment.data_ptr(),
    "minus": math.copysign(1, state["minusZero"]),
}))`
      const seen = JSON.parse(runPython(script, [path]))
      expect(seen.state).toEqual({
        epoch: '3',
        name: 'naïve — 日本語',
        lr: '0.0005',
        large: '1099511627776',
        negative: '-1099511627776',
        unsigned: '9223372036854775808',
        minusZero: '-0.0',
        none: 'None',
        list: "[1, 'a', True, []]",
      })
      expect(seen.tensors).toEqual({
        'visual.proj': ['torch.float32', [2, 3], [1, 2, 3, 4, 5, 6], true],
        tied: ['torch.float32', [2, 3], [1, 2, 3, 4, 5, 6], true],
        half: ['torch.float16', [3], [1.5, -2, 65504], true],
        brain: ['torch.bfloat16', [2], [1.5, 3.140625], true],
        double: ['torch.float64', [1], [Math.PI], true],
        long: ['torch.int64', [2], [1, -5], true],
        bytes: ['torch.uint8', [2], [0, 255], true],
        bool: ['torch.bool', [3], [true, false, true], true],
        scalar: ['torch.float32', [], [7], true],
        empty: ['torch.float32', [0, 3], [], true],
      })
      expect(seen.shared).toBe(true)
      expect(seen.minus).toBe(-1)
    },
  )

  it('stores a tensor that occurs several times once', () => {
    const twice = pyTorchBlob({ a: shared, b: shared }).size
    expect(twice - pyTorchBlob({ a: shared }).size).toBeLessThan(200)
  })

  it('reads back any tensors with any names', async () => {
    const anyTensors = fc.dictionary(fc.string({ minLength: 1 }), fc.float32Array({ maxLength: 40 }), {
      minKeys: 1,
      maxKeys: 6,
    })
    await fc.assert(
      fc.asyncProperty(anyTensors, async (values) => {
        const entries = Object.entries(values).map(
          ([name, data]) => [name, { data, shape: [data.length], dtype: 'float32' }] as [string, HostTensor],
        )
        const checkpoint = await readCheckpoint(pyTorchBlob({ state_dict: new Map(entries) }))
        expect(checkpoint.tensors.size).toBe(entries.length)
        for (const [name, tensor] of checkpoint.tensors) expect(await tensor.read()).toEqual(values[name])
      }),
      { numRuns: 50 },
    )
  })

  it('leaves no file behind when the state cannot be saved', async () => {
    const target = join(folder, 'broken.pt')
    const cycle: { [key: string]: CheckpointState } = {}
    cycle['self'] = cycle
    const wrong: [CheckpointState, RegExp][] = [
      [cycle, /cycle/],
      [{ a: { b: undefined as unknown as null } }, /state\.a\.b: .*undefined/],
      [
        { a: { data: Float32Array.of(1), shape: [2], dtype: 'float32' } },
        /state\.a: expected a Float32Array of 2 values for shape \[2\] of float32; got Float32Array of 1/,
      ],
      [
        { a: { data: Float32Array.of(1), shape: [1], dtype: 'int32' } },
        /state\.a: expected a Int32Array of 1 values .* got Float32Array of 1/,
      ],
      [
        { a: { data: Float32Array.of(1), shape: [1], dtype: 'complex64' as 'float32' } },
        /state\.a: expected one of the types float32/,
      ],
      [2n ** 80n, /72 bits/],
    ]
    for (const [broken, message] of wrong) await expect(savePyTorch(target, broken)).rejects.toThrow(message)
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([])
  })

  it('leaves no file behind when it is aborted', async () => {
    const controller = new AbortController()
    const stopping = {
      get data() {
        controller.abort()
        return Float32Array.of(1)
      },
      shape: [1],
      dtype: 'float32' as const,
    }
    const saved = savePyTorch(join(folder, 'aborted.pt'), { a: stopping, b: shared }, { signal: controller.signal })
    await expect(saved).rejects.toMatchObject({ name: 'AbortError' })
    expect(readdirSync(folder).filter((name) => name.startsWith('aborted'))).toEqual([])
  })

  it('names a folder that does not exist', async () => {
    const nowhere = join(folder, 'missing', 'x.pt')
    await expect(savePyTorch(nowhere, state)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
  })
})
