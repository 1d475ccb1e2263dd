/** Maps the tensor names of every kind of CLIP model to open_clip's names. */
import { checkObject, wrongArgument } from '../../check-arguments'
import { listNames } from '../../checkpoint/names/list-names'
import { withoutWrappers } from '../../checkpoint/names/wrappers'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'
import { layouts, type FamilyLayout } from '../families'
import { findCLIP, type CLIPChoice, type FoundCLIP } from './find-clip'
import { describeUnsupported } from './unsupported'

export type { CLIPChoice } from './find-clip'

/**
 * The naming scheme of a file: `open_clip`, `openai` (open_clip's plus three sizes), `huggingface`, `long-clip` (more positions), or
 * that of another family, such as `flair`.
 */
export type NameLayout = string

/** A tower of a CLIP model. */
export type Tower = 'image' | 'text'

/** The tensors of a CLIP model by open_clip's names, and how they were found. */
export interface NamedCLIP {
  readonly tensors: Map<string, CheckpointTensor>
  readonly layout: NameLayout
  /** The family, such as `flair`, as in `CLIPConfig`; left out for CLIP. */
  readonly family?: string
  /** The prefix of the names in the file, apart from wrappers such as `module.`. */
  readonly prefix: string
  /** Tensors of the file that belong to no CLIP model: heads, other models. */
  readonly ignored: readonly string[]
  /** Prefixes of other whole CLIP models in the file. */
  readonly others: readonly string[]
  /** The towers in the file: both or one. */
  readonly towers: readonly Tower[]
  /** The context length, if the file's positions determine it instead of a config. */
  readonly contextLength?: number
}

/**
 * The CLIP model of a file by open_clip's names. Tensors that another layout splits are joined when they are read. A prefix before the
 * names is removed; `prefix` selects one of several models.
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` if the file contains several CLIP models or none; it identifies the file if possible
 */
export function toOpenCLIPNames(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  { file = 'checkpoint', ...choice }: CLIPChoice & { readonly file?: string } = {},
): NamedCLIP {
  if (!(tensors instanceof Map)) throw wrongArgument('tensors', 'a Map of tensors by their names', tensors)
  for (const [name, tensor] of tensors) {
    if (typeof name !== 'string') throw wrongArgument('tensors', 'names that are strings', name)
    checkObject(`tensors, '${shorten(name, 120)}'`, tensor, 'a tensor of a checkpoint')
  }
  const found = findCLIP(file, tensors, choice)
  refuseUnsupported(file, tensors, found)
  const { prefix, ignored, others } = found!
  const { name, family, rename, unused, ownContext } = layoutOf(tensors, found!)
  const leftOut = unused ? [...found!.tensors.keys()].filter((each) => unused.test(each)) : []
  for (const each of leftOut) found!.tensors.delete(each)
  const named = rename(found!.tensors, choice.contextLength)
  return {
    ...{ tensors: named, layout: name, prefix, others, towers: towersOf(named) },
    ignored: [...ignored, ...leftOut.map((each) => prefix + each)],
    ...(family && { family }),
    ...(ownContext && { contextLength: named.get('positional_embedding')?.shape[0] }),
  }
}

/** The first layout that fits the tensors. */
export function layoutOf(
  all: ReadonlyMap<string, CheckpointTensor>,
  { tensors, prefix }: Pick<FoundCLIP, 'tensors' | 'prefix'>,
): FamilyLayout {
  return layouts.find(({ holds }) => holds(tensors, (name) => all.has(prefix + name)))!
}

function towersOf(tensors: ReadonlyMap<string, CheckpointTensor>): Tower[] {
  const names = [...tensors.keys()]
  const image = names.some((name) => /^(?:visual|vision_model)\./.test(name))
  const text = names.some((name) => /^(?:text\.)?(?:token_embedding|transformer|ln_final|text_model)\./.test(name))
  return [...(image ? (['image'] as const) : []), ...(text ? (['text'] as const) : [])]
}

/** Refuses files of unsupported models, recognised by their names. A CLIP model next to other models is not refused. */
function refuseUnsupported(file: string, tensors: ReadonlyMap<string, CheckpointTensor>, found?: FoundCLIP): void {
  const whole = found && towersOf(found.tensors).length === 2
  const own = found && [...found.tensors.keys()]
  const beside = found?.ignored.flatMap((name) =>
    name.startsWith(found.prefix) ? [name.slice(found.prefix.length)] : [],
  )
  const description = whole
    ? describeUnsupported(own!, beside)
    : describeUnsupported([...tensors.keys()].map(withoutWrappers))
  if (description) throw new DreamLIPError('CHECKPOINT_MISMATCH', `${file}: ${description}`)
  if (found) return
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file}: none of its ${tensors.size} tensors has the name of a CLIP tensor; it contains ${listNames([...tensors.keys()]) || 'nothing'}. ` +
      "Expected the names of open_clip, OpenAI or Hugging Face's CLIPModel.",
  )
}
