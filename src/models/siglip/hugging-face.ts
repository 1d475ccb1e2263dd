/** Maps the names of Hugging Face's SiglipModel: those of its heads here, all others as CLIPModel's. */
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { huggingFaceToOpenCLIP } from '../clip/hugging-face'
import { siglipTensorNames } from './hugging-face-names'

const ownNames: ReadonlyMap<string, string> = new Map(siglipTensorNames)

/** Tensors by open_clip's names. @throws DreamLIPError `CHECKPOINT_MISMATCH` if a query has no key or value */
export function siglipFromHuggingFace(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  const heads = [...tensors].filter(([name]) => ownNames.has(name))
  const others = huggingFaceToOpenCLIP(new Map([...tensors].filter(([name]) => !ownNames.has(name))))
  const named = heads.map(([name, tensor]) => {
    const target = ownNames.get(name)!
    return [target, { ...tensor, name: target }] as const
  })
  return new Map([...others, ...named])
}
