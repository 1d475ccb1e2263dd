/** Long-CLIP's positions: its authors' code takes the first 20 from one parameter and the others from a second one. */
import { toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointTensor } from '../../checkpoint/tensor'

const positions = 'positional_embedding'
const stretched = 'positional_embedding_res'

/** The positions that Long-CLIP keeps from CLIP; its `mask1` is 1 for these, `mask2` for all others. */
const kept = 20

/** Whether the tensors are Long-CLIP's. Its code uses OpenAI's QuickGELU. */
export function isLongCLIP(tensors: ReadonlyMap<string, CheckpointTensor>): boolean {
  const [first, second] = [tensors.get(positions), tensors.get(stretched)]
  return first !== undefined && second?.shape.join() === first.shape.join() && first.shape.length === 2
}

/** The same tensors with one `positional_embedding`. */
export function joinLongCLIPPositions(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  const joined = joinPositions(tensors.get(positions)!, tensors.get(stretched)!)
  const others = [...tensors].filter(([name]) => name !== stretched)
  return new Map([...others, [positions, joined]])
}

/** The first 20 positions of one table and the others of a second one, by the name of the first: `[context, width]`. */
export function joinPositions(first: CheckpointTensor, others: CheckpointTensor): CheckpointTensor {
  return {
    ...first,
    dtype: 'float32',
    async read(signal) {
      const result = new Float32Array(toFloat32(await others.read(signal))) // [context, width]
      result.set(toFloat32(await first.read(signal)).subarray(0, kept * first.shape[1]!))
      return result
    },
  }
}
