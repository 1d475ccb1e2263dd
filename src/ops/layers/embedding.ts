/** PyTorch's `nn.Embedding`. */
import {
  customGrad,
  gather,
  reshape,
  scatterND,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { fused } from '../fused'

/** Sums of rows with the same id: `[count]`, `[count, width] → [entries, width]`. */
function embeddingGradient(ids: Tensor, rows: Tensor, shape: [number, number]): Tensor {
  return fused('DreamLIPEmbeddingGradient', { ids, rows }, { entries: shape[0] }, () =>
    scatterND(reshape(ids, [ids.size, 1]), rows, shape),
  )
}

/** Rows of a table: `[entries, width]` at `[batch, tokens]` (int32) `→ [batch, tokens, width]`. */
export function embedding(table: Tensor2D, ids: Tensor2D): Tensor3D {
  // The gradient of `gather` needs a kernel that the WASM backend lacks. ScatterNd adds up repeated ids on every backend.
  const lookUp = customGrad<Tensor3D>((weights, save) => {
    ;(save as (tensors: Tensor[]) => void)([ids])
    return {
      value: gather(weights as Tensor, ids) as Tensor3D, // [batch, tokens, width]
      gradFunc: (dy, [savedIds]) => {
        const rows = reshape(dy, [ids.size, table.shape[1]]) // [batch · tokens, width]
        return embeddingGradient(reshape(savedIds!, [ids.size]), rows, table.shape) // [entries, width]
      },
    }
  })
  return lookUp(table)
}
