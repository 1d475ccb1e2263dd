/** Images with right and wrong captions, by the names that `dreamlip eval` uses. */
import { checkChoice } from '../../../check-arguments'
import type { ChoiceSet } from '../data-set'
import type { KnownSet } from '../known-set'
import { aroSplits, readARO } from './aro.node.ts'
import { readSugarCrepe, sugarCrepeSplits } from './sugar-crepe.node.ts'
import { readWinoground } from './winoground.node.ts'

export const choiceSets: Readonly<Record<string, KnownSet<ChoiceSet>>> = {
  sugarcrepe: known(
    'SugarCrepe',
    sugarCrepeSplits,
    'seven JSON files, such as swap_att.json, and val2017/',
    readSugarCrepe,
  ),
  winoground: known('Winoground', ['test'], 'examples.jsonl and images/', (folder, _, signal) =>
    readWinoground(folder, signal),
  ),
  aro: known('ARO', aroSplits, 'visual_genome_relation.json, visual_genome_attribution.json and images/', readARO),
}

function known<Split extends string>(
  title: string,
  splits: readonly Split[],
  needs: string,
  read: (folder: string, split: Split, signal?: AbortSignal) => Promise<ChoiceSet>,
): KnownSet<ChoiceSet> {
  return {
    title,
    task: 'choice',
    splits,
    needs,
    open: (folder, { split = splits[0], signal } = {}) =>
      read(folder, checkChoice('split', split as Split, splits), signal),
  }
}
