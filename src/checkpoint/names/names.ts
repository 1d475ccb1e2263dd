/** From the tensor names of any CLIP to those of open_clip, and the check of names and shapes against a config. */
import { checkObject, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'
import { elementCount } from '../dtype'
import { huggingFaceToOpenCLIP } from './hugging-face'
import type { CheckpointTensor } from '../tensor'

/** Whose names a file uses. OpenAI's are open_clip's with three sizes beside the weights. */
export type NameLayout = 'open_clip' | 'openai' | 'huggingface'

/** Sizes that OpenAI's archives and buffers that old trainers hold beside the weights. */
const noWeights = new Set(['input_resolution', 'context_length', 'vocab_size', 'attn_mask', 'text.attn_mask'])

/** What a text tower's names start with under open_clip's plain CLIP; CustomTextCLIP puts `text.` before them. */
const textTower = /^text\.(?=transformer\.|token_embedding\.|positional_embedding$|ln_final\.|text_projection$)/

/**
 * Tensors by open_clip's names. Pieces that one layout splits and the other joins are joined when they are read.
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` when no layout fits
 */
export function toOpenCLIPNames(tensors: ReadonlyMap<string, CheckpointTensor>): {
  tensors: Map<string, CheckpointTensor>
  layout: NameLayout
} {
  if (!(tensors instanceof Map)) throw wrongArgument('tensors', 'a Map of tensors by their names', tensors)
  for (const [name, tensor] of tensors) {
    if (typeof name !== 'string') throw wrongArgument('tensors', 'names that are strings', name)
    checkObject(`tensors, '${shorten(name, 120)}'`, tensor, 'a tensor of a checkpoint')
  }
  if (tensors.has('vision_model.embeddings.class_embedding')) {
    return { tensors: huggingFaceToOpenCLIP(tensors), layout: 'huggingface' }
  }
  const renamed = new Map<string, CheckpointTensor>()
  for (const [name, tensor] of tensors) {
    if (noWeights.has(name)) continue
    const target = name.replace(textTower, '')
    renamed.set(target, { ...tensor, name: target })
  }
  return { tensors: renamed, layout: tensors.has('input_resolution') ? 'openai' : 'open_clip' }
}

/**
 * Compares tensors with what a model needs.
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` that counts missing, unexpected and wrongly shaped tensors, and names the first of each
 */
export function checkParameters(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  expected: ReadonlyMap<string, readonly number[]>,
  { optional = [] }: { readonly optional?: readonly string[] } = {},
): void {
  const missing = [...expected.keys()].filter((name) => !tensors.has(name))
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name) && !optional.includes(name))
  const reshaped = [...expected].flatMap(([name, shape]) => {
    const actual = tensors.get(name)?.shape
    return !actual || sameShape(actual, shape)
      ? []
      : [`${name} [${actual.join(', ')}] in place of [${shape.join(', ')}]`]
  })
  const problems = [
    ['missing', missing],
    ['unexpected', unexpected],
    ['of another shape', reshaped],
  ] as const
  if (problems.every(([, names]) => names.length === 0)) return
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `The tensors do not fit the config. ${problems
      .filter(([, names]) => names.length > 0)
      .map(([kind, names]) => `${names.length} ${kind}: ${listed(names)}`)
      .join('. ')}. Pass the config that the model was trained with.`,
  )
}

/** Enough to see which model it is: `dreamlip inspect` lists all of a file's tensors. */
const mostListed = 8

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).map((name) => shorten(name, 120))
  const more = names.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** A scalar may have been saved with the shape [1]. */
function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (elementCount(a) === 1 && elementCount(b) === 1) return true
  return a.length === b.length && a.every((size, i) => size === b[i])
}
