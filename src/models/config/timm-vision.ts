/** The image towers of SigLIP by their timm names, which open_clip's configs use. */
import { show } from './check-config'

type Fields = Readonly<Record<string, unknown>>

/** Width, layers, heads, and the MLP's width as a multiple: timm's `vision_transformer.py`. */
const sizes: Readonly<Record<string, readonly [width: number, layers: number, heads: number, mlpRatio: number]>> = {
  base: [768, 12, 12, 4],
  large: [1024, 24, 16, 4],
  so400m: [1152, 27, 16, 3.7362],
  giantopt: [1536, 40, 16, 4],
}

/** The towers with GELU's approximation by tanh. All others use exact GELU, although most were trained with the approximation. */
const tanhTowers = /^vit_(?:base_patch32|so400m_patch16|giantopt_patch16|large_patch16_siglip(?:_gap)?_512)/

/** `vit_SIZE_patchN_siglip_IMAGE`, optionally with a tag after a dot. */
const towerName = /^(vit_(base|large|so400m|giantopt)_patch(\d+)_siglip(_gap)?_(\d+))(?:\.\w+)?$/

/**
 * The `vision_cfg` of a timm tower with the fields of open_clip's own towers.
 * @returns the fields, or the reason why the tower is not supported
 */
export function fromTimm(cfg: Fields): { readonly fields: Fields } | { readonly problem: string } {
  const { timm_model_name: name, timm_pool: pool, timm_proj: projection = 'linear', image_size: imageSize } = cfg
  const [, model, size, patch, gap, image] = towerName.exec(String(name)) ?? []
  if (model === undefined) {
    return {
      problem: `vision_cfg.timm_model_name: ${show(name)} is not supported, only SigLIP's towers (vit_*_siglip_*)`,
    }
  }
  const expected = gap ? 'avg' : 'map'
  if (pool !== expected) return { problem: `vision_cfg.timm_pool: ${show(pool)} is not supported, only "${expected}"` }
  if (projection !== 'none') {
    return { problem: `vision_cfg.timm_proj: ${show(projection)} is not supported, only "none"` }
  }
  const [width, layers, heads, mlpRatio] = sizes[size!]!
  const fields = {
    image_size: imageSize ?? Number(image),
    patch_size: Number(patch),
    width,
    layers,
    head_width: width / heads,
    mlp_ratio: mlpRatio,
    pool_type: expected,
    no_ln_pre: true,
    no_class_token: true,
    conv_bias: true,
    proj_type: 'none',
    norm_kwargs: { eps: 1e-6 },
    ...(tanhTowers.test(model) && { act_kwargs: { approximate: 'tanh' } }),
  }
  return { fields }
}
