/** Checks the names and shapes of a CLIP model's tensors against its config. */
import { DreamLIPError } from '../../errors'
import { sameShape } from '../../shape'
import type { CheckpointTensor } from '../tensor'
import { listNames } from './list-names'

/**
 * Compares tensors with those that a model needs.
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` with the numbers and first names of missing, unexpected and wrongly shaped tensors
 */
export function checkParameters(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  expected: ReadonlyMap<string, readonly number[]>,
  { optional = [], file }: { readonly optional?: readonly string[]; readonly file?: string } = {},
): void {
  const missing = [...expected.keys()].filter((name) => !tensors.has(name))
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name) && !optional.includes(name))
  const reshaped = [...expected].flatMap(([name, shape]) => {
    const actual = tensors.get(name)?.shape
    return !actual || sameShape(actual, shape)
      ? []
      : [`${name} [${actual.join(', ')}] instead of [${shape.join(', ')}]`]
  })
  const problems = [
    ['missing', missing],
    ['unexpected', unexpected],
    ['of another shape', reshaped],
  ] as const
  if (problems.every(([, names]) => names.length === 0)) return
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file ? `${file}: the` : 'The'} tensors do not fit the config. ${problems
      .filter(([, names]) => names.length > 0)
      .map(([kind, names]) => `${names.length} ${kind}: ${listNames(names)}`)
      .join('. ')}. ${adviceFor(tensors, missing, unexpected, reshaped)}`,
  )
}

/** Parts that a config can leave out or add: a block, its layer scale, the first layer norm of the image tower. */
const optionalParts = [
  /^(?:visual\.)?transformer\.resblocks\.\d+\.(?=(?:ln_|attn\.(?:in|out)_proj|mlp\.c_|ls_))/,
  /^(?:visual\.)?transformer\.resblocks\.\d+\.ls_\d\./,
  /^visual\.ln_pre\./,
]

/** Another config can explain different shapes, and parts that are completely present or absent, but nothing else. */
function adviceFor(
  held: ReadonlyMap<string, unknown>,
  missing: readonly string[],
  unexpected: readonly string[],
  reshaped: readonly string[],
): string {
  const partsOf = (name: string) => optionalParts.flatMap((part) => part.exec(name)?.[0] ?? [])
  const there = new Set([...held.keys()].flatMap(partsOf))
  const explained =
    missing.every((name) => partsOf(name).some((part) => !there.has(part))) &&
    unexpected.every((name) => partsOf(name).length > 0)
  if (reshaped.length > 0 || explained) return 'Pass the config that the model was trained with.'
  return missing.length > 0
    ? 'The file is incomplete: save the whole state_dict().'
    : 'The model has parts that are not supported.'
}
