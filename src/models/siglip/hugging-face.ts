/** Maps the names of Hugging Face's SiglipModel: its heads here, all other names like CLIPModel's. */
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import { naFlex } from '../config/hugging-face-config'
import { huggingFaceToOpenCLIP } from '../clip/hugging-face'
import { siglipTensorNames } from './hugging-face-names'

const ownNames: ReadonlyMap<string, string> = new Map(siglipTensorNames)

/** Tensors by open_clip's names. @throws DreamLIPError `CHECKPOINT_MISMATCH` if a query has no key or value, and for images of any shape (NaFlex) */
export function siglipFromHuggingFace(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  if (tensors.get('vision_model.embeddings.patch_embedding.weight')?.shape.length === 2) {
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `it is a SigLIP 2 model of the kind NaFlex, which is not supported: ${naFlex}.`,
    )
  }
  const heads = [...tensors].filter(([name]) => ownNames.has(name))
  const others = huggingFaceToOpenCLIP(new Map([...tensors].filter(([name]) => !ownNames.has(name))))
  const named = heads.map(([name, tensor]) => {
    const target = ownNames.get(name)!
    return [target, { ...tensor, name: target }] as const
  })
  return new Map([...others, ...named])
}
