/** Constants that are the leading part of larger ones. For example, a short text's causal mask is part of a long text's. */
import { bytesPerElement } from '../../element-types'
import { elementCount } from '../../shape'
import { equalBytes, type GraphConstant } from '../graph'

/** Whether a constant of the same rank is equal to the first rows, columns, … of another. */
export function isCorner(corner: GraphConstant, whole: GraphConstant): boolean {
  if (corner.shape.some((size, axis) => size > whole.shape[axis]!)) return false
  const rank = corner.shape.length
  /** Compares from these byte offsets, along an axis and the axes after it. */
  const equalFrom = (axis: number, at: number, wholeAt: number): boolean => {
    const [stride, wholeStride] = [bytesBelow(corner, axis), bytesBelow(whole, axis)]
    if (axis >= rank - 1) {
      const length = stride * (corner.shape[axis] ?? 1)
      return equalBytes(corner.bytes.subarray(at, at + length), whole.bytes.subarray(wholeAt, wholeAt + length))
    }
    const places = Array.from({ length: corner.shape[axis]! }, (_, i) => i)
    return places.every((i) => equalFrom(axis + 1, at + i * stride, wholeAt + i * wholeStride))
  }
  return equalFrom(0, 0, 0)
}

/** Bytes of one entry of an axis. */
function bytesBelow({ type, shape }: GraphConstant, axis: number): number {
  return elementCount(shape.slice(axis + 1)) * bytesPerElement(type)
}
