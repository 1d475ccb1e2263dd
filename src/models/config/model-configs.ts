/** The released and usual sizes of CLIP models, by their open_clip names. */
import type { CLIPConfig } from './clip-config'
import { fromOpenCLIP } from './open-clip-config'

/** Head widths and MLP ratios of the large image towers that differ from 64 and 4. */
const huge = { head_width: 80 }
const giant = { head_width: 88, mlp_ratio: 4.3637 }
const bigGiant = { head_width: 104, mlp_ratio: 4.9231 }

const clipConfigs: Readonly<Record<string, CLIPConfig>> = Object.fromEntries(
  (
    [
      // name, image, patch, vision width, vision layers, text width, text layers, embedding: open_clip's model_configs
      ['ViT-S-32', 224, 32, 384, 12, 384, 12, 384],
      ['ViT-S-16', 224, 16, 384, 12, 384, 12, 384],
      ['ViT-M-32', 224, 32, 512, 12, 512, 12, 512],
      ['ViT-M-16', 224, 16, 512, 12, 512, 12, 512],
      ['ViT-B-32', 224, 32, 768, 12, 512, 12, 512],
      ['ViT-B-16', 224, 16, 768, 12, 512, 12, 512],
      ['ViT-L-14', 224, 14, 1024, 24, 768, 12, 768],
      ['ViT-L-14-336', 336, 14, 1024, 24, 768, 12, 768],
      ['ViT-H-14', 224, 14, 1280, 32, 1024, 24, 1024, huge],
      ['ViT-g-14', 224, 14, 1408, 40, 1024, 24, 1024, giant],
      ['ViT-bigG-14', 224, 14, 1664, 48, 1280, 32, 1280, bigGiant],
    ] as const
  ).flatMap(([name, imageSize, patchSize, width, layers, textWidth, textLayers, embedDim, more = {}]) => {
    const config: CLIPConfig = fromOpenCLIP({
      embed_dim: embedDim,
      vision_cfg: { image_size: imageSize, layers, width, patch_size: patchSize, ...more },
      text_cfg: { width: textWidth, heads: textWidth / 64, layers: textLayers },
    })
    return [
      [name, config],
      [`${name}-quickgelu`, { ...config, quickGelu: true }],
    ]
  }),
)

/**
 * The released and usual sizes, by their open_clip names: `ViT-B-16` (DreamLIP's) and others, each also as `…-quickgelu`; and
 * FLAIR's, `ViT-B-16-FLAIR`.
 */
export const modelConfigs: Readonly<Record<string, CLIPConfig>> = {
  ...clipConfigs,
  'ViT-B-16-FLAIR': { family: 'flair', ...clipConfigs['ViT-B-16']! },
}
