/** Recognises dicts of a pickle that contain a model, by the first parameter of a tower. */
import { withoutWrappers } from './wrappers'

/** No parameter has a longer name, and matching one would take long. */
const longestName = 512

/** The embedding of patches or tokens, as every family names it (models/families), under any prefix. */
const firstParameter =
  /(?:^|\.)(?:visual\.(?:conv1|trunk\.patch_embed\.proj)|token_embedding|(?:vision|text)_model\.embeddings\.(?:patch|token)_embedding)\.weight$/

/** Whether any of the names belongs to a tower's tensor. */
export function holdsTower(names: Iterable<string>): boolean {
  for (const name of names) if (name.length <= longestName && firstParameter.test(withoutWrappers(name))) return true
  return false
}
