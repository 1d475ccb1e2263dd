/** Checks for an installed TensorFlow.js that is not the version whose internals this package uses. */
import type * as Tfjs from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { record } from '../../src/compile/record/recorder'
import * as internals from '../../src/ops/tfjs-internals'
import { chooseRuntime, tryDevices } from '../../src/runtime/device'

const { faked } = vi.hoisted(() => ({ faked: { version: '' } }))

vi.mock('@tensorflow/tfjs-core', async (original) => {
  const tfjs = await original<typeof Tfjs>()
  return {
    ...tfjs,
    get version_core() {
      return faked.version
    },
  }
})

it('a device that records functions is refused, and no other device takes its place', async () => {
  faked.version = '4.23.0'
  await expect(chooseRuntime()).rejects.toMatchObject({
    code: 'DEPENDENCY_UNSUPPORTED',
    message: expect.stringContaining('expected version 4.22.x, because dreamlip uses its internals; got 4.23.0.'),
  })
})

it('every device names the version as its problem', async () => {
  faked.version = '4.23.0'
  const tried = await tryDevices()
  expect(tried).not.toHaveLength(0)
  for (const { problem } of tried) expect(problem).toContain('expected version 4.22.x')
})

describe.each(['4.21.0', '4.23.0', '5.0.0', '4.220.0'])('with @tensorflow/tfjs-core %s', (version) => {
  beforeEach(() => void (faked.version = version))

  const refusal = expect.objectContaining({
    name: 'DreamLIPError',
    code: 'DEPENDENCY_UNSUPPORTED',
    message: `@tensorflow/tfjs-core: expected version 4.22.x, because dreamlip uses its internals; got ${version}. Install it: npm install @tensorflow/tfjs-core@~4.22.0`,
  })

  it('no function is recorded', () => {
    const identity = ({ x }: Record<string, Tfjs.Tensor>) => ({ y: x! })
    expect(() => record(identity, { x: { shape: [1], dtype: 'float32' } }, 'onnx')).toThrow(refusal)
  })

  it.each(Object.entries(internals).filter(([name]) => name !== 'addTensorMethods'))('%s refuses', (_, use) => {
    expect(use as () => void).toThrow(refusal)
  })
})

it.each(['4.22.0', '4.22.7'])('version %s is the known one', (version) => {
  faked.version = version
  expect(internals.checkTfjsVersion).not.toThrow()
})
