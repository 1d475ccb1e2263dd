/** Selects the trained parameters: all, or all but frozen parts of the towers, as open_clip locks them. */
import { checkWhole } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { KeysOf } from '../../known-keys'
import type { CLIPConfig } from '../../models/config/config'

/** The parts of the towers that are not trained. */
export interface Freezing {
  /** `true` freezes the image tower; `{ unlocked: n }` freezes all but its last n groups of layers. Default: nothing is frozen. */
  readonly vision?: boolean | { readonly unlocked: number }
  /** The same for the text tower. */
  readonly text?: boolean | { readonly unlocked: number }
}

export const freezingKeys = { vision: { unlocked: 0 }, text: { unlocked: 0 } } as const satisfies KeysOf<Freezing>

/** The names of the trained parameters, in their order. @throws DreamLIPError `INVALID_ARGUMENT` if everything is frozen, or for an invalid count */
export function trainedNames(names: readonly string[], config: CLIPConfig, freezing: Freezing = {}): string[] {
  const frozen = [
    ...frozenGroups('vision', visionGroups(config.vision.layers), freezing.vision),
    ...frozenGroups('text', textGroups(config.text.layers), freezing.text),
  ]
  const trained = names.filter((name) => !frozen.some((prefix) => name === prefix || name.startsWith(prefix)))
  if (trained.length > 0) return trained
  throw new DreamLIPError('INVALID_ARGUMENT', 'freeze: every parameter is frozen; there is nothing to train.')
}

/** The groups of open_clip's `VisionTransformer.lock`, from the pixels up. The last block and `ln_post` are one group. */
function visionGroups(layers: number): string[][] {
  const blocks = blockPrefixes('visual.transformer.', layers)
  return [
    ['visual.conv1.', 'visual.class_embedding', 'visual.positional_embedding', 'visual.ln_pre.'],
    ...blocks.slice(0, -1).map((block) => [block]),
    [...blocks.slice(-1), 'visual.ln_post.'],
    ['visual.attn_pool.', 'visual.proj', 'visual.proj2'],
  ]
}

/** The groups of open_clip's `lock_text_tower`. */
function textGroups(layers: number): string[][] {
  const blocks = blockPrefixes('transformer.', layers)
  return [
    ['token_embedding.', 'positional_embedding'],
    ...blocks.slice(0, -1).map((block) => [block]),
    [...blocks.slice(-1), 'ln_final.'],
    ['text_projection', 'text_projection.'],
  ]
}

function blockPrefixes(tower: string, layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => `${tower}resblocks.${i}.`)
}

function frozenGroups(tower: string, groups: readonly string[][], freeze: Freezing['vision']): string[] {
  if (!freeze) return []
  const unlocked = freeze === true ? 0 : freeze.unlocked
  checkWhole(`freeze.${tower}.unlocked`, unlocked, 0) // groups of layers
  return groups.slice(0, Math.max(0, groups.length - unlocked)).flat()
}
