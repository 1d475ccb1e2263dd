/**
 * SigLIP (arXiv 2303.15343) and SigLIP 2 at fixed resolution (arXiv 2502.14786): CLIP's towers without a class token and a causal mask, an
 * attention pool, and a bias on scores. The differences are in the config; the towers use CLIP's functions.
 */
import { clipParameters } from '../clip/parameters'
import { withoutTextPrefix } from '../clip/family'
import type { Family } from '../family'
import { siglipFromHuggingFace } from './hugging-face'
import { inferSiglipConfig } from './infer-config'
import { timmToOpenCLIP } from './timm'

const mark = 'visual.attn_pool.probe'

const block = 'blocks\\.\\d+\\.(?:norm[12]|attn\\.(?:qkv|proj)|mlp\\.fc[12])\\.(?:weight|bias)'
const timmPool = 'attn_pool\\.(?:latent|(?:q|kv|proj|norm|mlp\\.fc[12])\\.(?:weight|bias))'

export const siglip: Family = {
  layouts: [
    {
      name: 'siglip-huggingface',
      names: /^(?:vision_model\.head\.(?:probe|(?:attention|layernorm|mlp)\..+)|text_model\.head\.(?:weight|bias))$/,
      holds: (tensors) => tensors.has('vision_model.head.probe') || tensors.has('text_model.head.weight'),
      rename: siglipFromHuggingFace,
      quickGelu: false,
      guess: "GELU by tanh and an epsilon of 1e-6, as in all of SigLIP's models",
    },
    {
      name: 'siglip-timm',
      names: new RegExp(
        `^visual\\.trunk\\.(?:pos_embed|(?:patch_embed\\.proj|norm)\\.(?:weight|bias)|${block}|${timmPool})$`,
      ),
      towers: { image: 'visual.trunk.patch_embed.proj.weight', text: 'text.token_embedding.weight' },
      holds: (tensors) => tensors.has('visual.trunk.attn_pool.latent'),
      rename: (tensors) => withoutTextPrefix(timmToOpenCLIP(tensors)),
      quickGelu: false,
      guess: "GELU by tanh and an epsilon of 1e-6, as in most of SigLIP's models",
    },
    {
      name: 'siglip',
      names:
        /^(?:visual\.(?:conv1\.bias|attn_pool\.(?:probe|(?:attn|ln|mlp)\..+))|(?:text\.)?text_projection\.(?:weight|bias))$/,
      holds: (tensors) => tensors.has(mark),
      rename: withoutTextPrefix,
      quickGelu: false,
      guess: "GELU by tanh and an epsilon of 1e-6, as in all of SigLIP's models",
    },
  ],
  model: { mark, inferConfig: inferSiglipConfig, parameters: clipParameters },
}
