/** Tensors of ONNX Runtime from arrays, where JavaScript has a Float16Array: Node 24, current browsers, Bun and Deno. */
import { expect, it, vi } from 'vitest'

// Before ONNX Runtime creates its first tensor, when it looks for a Float16Array.
if (!('Float16Array' in globalThis)) vi.stubGlobal('Float16Array', class Float16Array extends Uint16Array {})
const ort = await import('onnxruntime-common')
const { ortTensor } = await import('../../../../src/runtime/compiled/arrays/ort-tensor')

const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff)

it('passes float16 bits on unchanged, without a copy', () => {
  expect(new ort.Tensor('float16', halves, [3]).data, 'ONNX Runtime wraps them by itself').not.toBe(halves)
  const tensor = ortTensor(ort, { type: 'float16', data: halves, shape: [3] })
  expect(tensor.type).toBe('float16')
  expect(tensor.dims).toEqual([3])
  expect(tensor.data).toBe(halves)
})
