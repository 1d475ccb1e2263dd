/** Maps the names of Hugging Face's SiglipModel: those of its heads here, all others as CLIPModel's. */
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import { naFlex } from '../config/hugging-face-config'
import { huggingFaceToOpenCLIP } from '../clip/hugging-face'

const renames: readonly (readonly [RegExp, string])[] = [
  [/^vision_model\.embeddings\.patch_embedding\.bias$/, 'visual.conv1.bias'],
  [/^vision_model\.head\.probe$/, 'visual.attn_pool.probe'],
  [
    /^vision_model\.head\.attention\.(in_proj_weight|in_proj_bias|out_proj\.(?:weight|bias))$/,
    'visual.attn_pool.attn.$1',
  ],
  [/^vision_model\.head\.layernorm\.(weight|bias)$/, 'visual.attn_pool.ln.$1'],
  [/^vision_model\.head\.mlp\.fc1\.(weight|bias)$/, 'visual.attn_pool.mlp.c_fc.$1'],
  [/^vision_model\.head\.mlp\.fc2\.(weight|bias)$/, 'visual.attn_pool.mlp.c_proj.$1'],
  [/^text_model\.head\.(weight|bias)$/, 'text_projection.$1'],
]

/** Tensors by open_clip's names. @throws DreamLIPError `CHECKPOINT_MISMATCH` if a query has no key or value, and for images of any shape (NaFlex) */
export function siglipFromHuggingFace(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  if (tensors.get('vision_model.embeddings.patch_embedding.weight')?.shape.length === 2) {
    throw new DreamLIPError(
      'CHECKPOINT_MISMATCH',
      `it is a SigLIP 2 model of the kind NaFlex, which is not supported: ${naFlex}.`,
    )
  }
  const isHead = (name: string) => renames.some(([pattern]) => pattern.test(name))
  const heads = [...tensors].filter(([name]) => isHead(name))
  const others = huggingFaceToOpenCLIP(new Map([...tensors].filter(([name]) => !isHead(name))))
  const named = heads.map(([name, tensor]) => {
    const target = renames.reduce((known, [pattern, to]) => known.replace(pattern, to), name)
    return [target, { ...tensor, name: target }] as const
  })
  return new Map([...others, ...named])
}
