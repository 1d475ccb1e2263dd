/** Describes what a file contains in addition to the model. */
import { listNames } from '../../checkpoint/names/list-names'
import type { Checkpoint } from '../../checkpoint/tensor'
import type { CLIPChoice, NamedCLIP } from '../../models/names/names'

/** The contents of the file that were not loaded, with the options that select them. */
export function describeLeftOut(
  { weights }: Checkpoint,
  { prefix, ignored, others }: NamedCLIP,
  options: CLIPChoice,
): string[] {
  const otherKeys = weights?.otherKeys ?? []
  return [
    ...(otherKeys.length > 0 && options.weights === undefined
      ? [
          `weights: those under '${weights!.key}'; the file also contains '${listNames(otherKeys)}' (the option weights selects one)`,
        ]
      : []),
    ...(others.length > 0 && options.prefix === undefined && options.weights === undefined
      ? [
          `prefix: the CLIP model under '${prefix}'; the file also contains one under '${listNames(others)}' (the option prefix selects one)`,
        ]
      : []),
    ...(ignored.length > 0
      ? [`left out: ${ignored.length} tensors outside the CLIP model: ${listNames(ignored)}`]
      : []),
  ]
}
