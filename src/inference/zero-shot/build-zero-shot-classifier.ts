/** The public builder of classifiers. Its code loads when it is first called, so that applications without one do not download it. */
import type { ClassifierOptions, TextEmbedder, ZeroShotClassifier } from './zero-shot'

/**
 * Builds a classifier once, for any number of `classify` and `segment` calls: each class is the mean direction of its prompts'
 * embeddings (the ensemble of CLIP's paper, sec. 3.1.4).
 * @param options `templates` (default: `a photo of a {}.`), `long`, `batchSize`, `signal`, `onProgress`
 * @throws DreamLIPError `INVALID_ARGUMENT` for no labels, equal labels, no templates, or a template without `{}`
 */
export async function buildZeroShotClassifier(
  model: TextEmbedder,
  labels: readonly string[],
  options: ClassifierOptions = {},
): Promise<ZeroShotClassifier> {
  const { buildClassifier } = await import('./zero-shot')
  return buildClassifier(model, labels, options)
}
