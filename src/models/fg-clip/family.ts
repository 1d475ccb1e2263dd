/**
 * FG-CLIP 1: Hugging Face's CLIPModel with positions and a projection for short texts (77 tokens) and others for long ones (248). Names
 * as in `fgclip.py` and `modeling_clip.py` of github.com/360CVGroup/FG-CLIP.
 */
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { huggingFaceToOpenCLIP } from '../clip/hugging-face'
import type { Family } from '../family'
import { joinPositions } from '../long-clip/positions'

const short = {
  positions: 'text_model.embeddings.position_embedding.weight',
  projection: 'text_projection.weight',
}

/** The first 20 positions come from `first`, the others from `others`. */
const long = {
  first: 'text_model.embeddings.position_embedding_ori.weight',
  others: 'text_model.embeddings.position_embedding_res.weight',
  projection: 'text_filip_projection.weight',
}

export const fgCLIP: Family = {
  layouts: [
    {
      name: 'fg-clip',
      names: /^text_model\.embeddings\.position_embedding_(?:ori|res)\.weight$|^text_filip_projection\.weight$/,
      modules: ['text_filip_projection'],
      holds: (tensors) => Object.values(long).every((name) => tensors.has(name)),
      rename: (tensors, contextLength) => huggingFaceToOpenCLIP(forLength(tensors, contextLength)),
      unused: /^logit_scale_(?:finegraind|hardneg)$/,
      ownContext: true,
      quickGelu: true,
      guess: "QuickGELU, as in FG-CLIP's configs",
    },
  ],
}

/** A CLIPModel for long texts; for short ones, if the caller asks for a context that the short positions cover. */
function forLength(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  contextLength = Infinity,
): Map<string, CheckpointTensor> {
  const result = new Map(tensors)
  for (const name of Object.values(long)) result.delete(name)
  if (contextLength <= tensors.get(short.positions)!.shape[0]!) return result
  const positions = joinPositions(tensors.get(long.first)!, tensors.get(long.others)!)
  const projection = tensors.get(long.projection)!
  return result
    .set(short.positions, { ...positions, name: short.positions })
    .set(short.projection, { ...projection, name: short.projection })
}
