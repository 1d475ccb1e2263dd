/** Which parameters are trained, and which of them decay. */
import { checkWhole } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { CLIPConfig } from '../../models/config/config'

/** What is kept as it is. Each tower: nothing, everything, or all but its last groups of layers. */
export interface Freezing {
  /** `true` freezes the vision tower; `{ unlocked: n }` all but its last n groups. Default: everything is trained. */
  readonly vision?: boolean | { readonly unlocked: number }
  /** The same for the text tower. */
  readonly text?: boolean | { readonly unlocked: number }
}

/** The reference's rule: tensors of fewer than 2 dimensions, norms, biases and temperatures keep their size. */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length >= 2 && !['bn', 'ln', 'bias', 'logit_scale'].some((part) => name.includes(part))
}

/** The names that are trained, in their order. @throws DreamLIPError `INVALID_ARGUMENT` when none is left, or for a count that is none */
export function trainedNames(names: readonly string[], config: CLIPConfig, freezing: Freezing = {}): string[] {
  const frozen = [
    ...frozenGroups('vision', visionGroups(config.vision.layers), freezing.vision),
    ...frozenGroups('text', textGroups(config.text.layers), freezing.text),
  ]
  const trained = names.filter((name) => !frozen.some((prefix) => name === prefix || name.startsWith(prefix)))
  if (trained.length > 0) return trained
  throw new DreamLIPError('INVALID_ARGUMENT', 'freeze: every parameter is frozen; there is nothing to train.')
}

/** open_clip's groups of `VisionTransformer.lock`, from the pixels up. Its last block goes with `ln_post`. */
function visionGroups(layers: number): string[][] {
  const blocks = blockPrefixes('visual.transformer.', layers)
  return [
    ['visual.conv1.', 'visual.class_embedding', 'visual.positional_embedding', 'visual.ln_pre.'],
    ...blocks.slice(0, -1).map((block) => [block]),
    [...blocks.slice(-1), 'visual.ln_post.'],
    ['visual.proj', 'visual.proj2'],
  ]
}

/** open_clip's groups of `lock_text_tower`. */
function textGroups(layers: number): string[][] {
  const blocks = blockPrefixes('transformer.', layers)
  return [
    ['token_embedding.', 'positional_embedding'],
    ...blocks.slice(0, -1).map((block) => [block]),
    [...blocks.slice(-1), 'ln_final.'],
    ['text_projection'],
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
