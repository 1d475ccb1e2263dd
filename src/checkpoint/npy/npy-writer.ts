/** Writes NumPy's `.npy` files. */
import { checkObject, wrongArgument } from '../../check-arguments'
import { elementCount, isShape } from '../../shape'
import type { ShapedArray } from '../../shaped-array'

/**
 * The bytes of a `.npy` file (format 1.0): a header padded to 64 bytes, then the values, little-endian and row-major.
 * @param array `shape`: lengths of the axes; their product is the number of values
 * @throws DreamLIPError `INVALID_ARGUMENT` for another type, or a shape that does not fit the values
 */
export function npyBytes(array: ShapedArray<Float32Array | Int32Array>): Uint8Array {
  const [header, values] = npyChunks(array)
  const bytes = new Uint8Array(header.length + values.length)
  bytes.set(header)
  bytes.set(values, header.length)
  return bytes
}

/** The bytes of a `.npy` file in two pieces, header and values; the values are not copied. @throws DreamLIPError as `npyBytes` */
export function npyChunks(array: ShapedArray<Float32Array | Int32Array>): [header: Uint8Array, values: Uint8Array] {
  const { data, shape } = checkObject('array', array, 'an array { data, shape }')
  const isKnown = data instanceof Float32Array || data instanceof Int32Array
  if (!isKnown) throw wrongArgument('data', 'a Float32Array or an Int32Array', data)
  if (!isShape(shape) || elementCount(shape) !== data.length) {
    throw wrongArgument('shape', `axis lengths whose product is ${data.length}, the number of values`, shape)
  }
  const header = npyHeader(data instanceof Float32Array ? '<f4' : '<i4', shape)
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}

/** The beginning of a `.npy` file, before its values. @param type NumPy's name of the values' type, such as `<f2` */
export function npyHeader(type: '<f2' | '<f4' | '<i4', shape: readonly number[]): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const description = `{'descr': '${type}', 'fortran_order': False, 'shape': (${axes}), }`
  const headerLength = Math.ceil((10 + description.length + 1) / 64) * 64 - 10
  const header = new Uint8Array(10 + headerLength)
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]) // \x93NUMPY, version 1.0
  new DataView(header.buffer).setUint16(8, headerLength, true)
  header.set(new TextEncoder().encode(description.padEnd(headerLength - 1) + '\n'), 10)
  return header
}
