/** CLIP, in the layouts of open_clip, OpenAI and Hugging Face. DreamLIP's models are of this family. */
import type { CheckpointTensor } from '../../checkpoint/tensor'
import type { Family } from '../family'
import { huggingFaceToOpenCLIP } from './hugging-face'

const openCLIP = {
  names:
    /^(?:visual\.(?:class_embedding|positional_embedding|proj2?|conv1\.weight|ln_(?:pre|post)\.(?:weight|bias)|transformer\.resblocks\.\d+\..+)|(?:text\.)?(?:token_embedding\.(?:weight|ids)|positional_embedding|text_projection|ln_final\.(?:weight|bias)|transformer\.resblocks\.\d+\..+)|logit_(?:scale(?:_local)?|bias))$/,
  modules: [
    'visual',
    'text',
    'transformer',
    'token_embedding',
    'positional_embedding\\w*',
    'ln_final',
    'text_projection',
    'logit_\\w+',
  ],
  rename: withoutTextPrefix,
}

export const clip: Family = {
  layouts: [
    {
      name: 'huggingface',
      names:
        /^(?:(?:vision|text)_model\.(?:embeddings|encoder|pre_layrnorm|post_layernorm|final_layer_norm)\..+|(?:visual|text)_projection\.weight)$/,
      modules: ['vision_model', 'text_model', 'visual_projection'],
      towers: {
        image: 'vision_model.embeddings.patch_embedding.weight',
        text: 'text_model.embeddings.token_embedding.weight',
      },
      holds: (tensors) => [...tensors.keys()].some((name) => /^(vision|text)_model\./.test(name)),
      rename: huggingFaceToOpenCLIP,
      quickGelu: true,
      guess: "QuickGELU, transformers' default; some models use GELU",
    },
    {
      ...openCLIP,
      name: 'openai',
      towers: { image: 'visual.conv1.weight', text: 'token_embedding.weight' },
      holds: (_tensors, has) => has('input_resolution'),
      quickGelu: true,
    },
    {
      ...openCLIP,
      name: 'open_clip',
      // CustomTextCLIP's names
      towers: { image: 'visual.conv1.weight', text: 'text.token_embedding.weight' },
      holds: () => true,
      quickGelu: false,
      guess: "GELU, open_clip's default; OpenAI's weights and -quickgelu models use QuickGELU",
    },
  ],
}

/** The names of a text tower in CustomTextCLIP. open_clip's plain CLIP uses them without the prefix `text.`. */
const textTower = /^text\.(?=transformer\.|token_embedding\.|positional_embedding$|ln_final\.|text_projection(?:\.|$))/

/** The tensors of a CustomTextCLIP by the names of a plain CLIP. Other tensors keep their names. */
export function withoutTextPrefix(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, CheckpointTensor> {
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const target = name.replace(textTower, '')
      return [target, { ...tensor, name: target }]
    }),
  )
}
