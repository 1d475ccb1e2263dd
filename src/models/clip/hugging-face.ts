/** Maps the names of Hugging Face's CLIPModel, which has separate query, key and value tensors and transposed projections. */
import { DreamLIPError } from '../../errors'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { stacked, transposed } from '../names/derived-tensors'
import { blockNames, tensorNames, transposedNames } from './hugging-face-names'

const ownNames: ReadonlyMap<string, string> = new Map(tensorNames)
const blockRenames: ReadonlyMap<string, string> = new Map(blockNames)
const projections: ReadonlyMap<string, string> = new Map(transposedNames)

const block = /^(vision|text)_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)$/

/** Tensors by their open_clip names. @throws DreamLIPError `CHECKPOINT_MISMATCH` if a query has no key or value */
export function huggingFaceToOpenCLIP(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  const result = new Map<string, CheckpointTensor>()
  const add = (tensor: CheckpointTensor) => void result.set(tensor.name, tensor)
  for (const [name, tensor] of tensors) {
    if (/\.self_attn\.[kv]_proj\./.test(name)) continue
    const inBlock = block.exec(name)
    const projection = projections.get(name)
    if (projection && tensor.shape.length === 2) add(transposed(projection, tensor))
    else if (inBlock) add(blockTensor(tensors, tensor, inBlock))
    else add({ ...tensor, name: ownNames.get(name) ?? name })
  }
  return result
}

function blockTensor(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  tensor: CheckpointTensor,
  [, tower, layer, part, kind]: readonly string[],
): CheckpointTensor {
  const prefix = `${tower === 'vision' ? 'visual.' : ''}transformer.resblocks.${layer}`
  if (part !== 'self_attn.q_proj') {
    return { ...tensor, name: `${prefix}.${blockRenames.get(part!) ?? part}.${kind}` }
  }
  const pieces = ['q', 'k', 'v'].map((letter) => {
    const piece = tensors.get(tensor.name.replace('.q_proj.', `.${letter}_proj.`))
    if (piece?.shape.join() === tensor.shape.join()) return piece
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `${tensor.name}: expected a ${letter}_proj of the same shape [${tensor.shape.join(', ')}] in the same layer; got ` +
        `${piece ? `[${piece.shape.join(', ')}]` : 'none'}. The file is incomplete.`,
    )
  })
  return stacked(`${prefix}.attn.in_proj_${kind}`, pieces)
}
