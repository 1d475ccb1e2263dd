/** Zero-shot classification: labels become prompts, and prompts become one embedding per class. */
import { checkCall, checkList, checkObject, checkStrings, checkWhole, wrongArgument } from '../../check-arguments'
import { checkEmbeddings, normalizeRows, softmax, type Embeddings, type EmbeddingsLike } from '../embeddings/embeddings'
import type { ClassifyOptions, TextOptions } from '../options'

/** One embedding per class. Build it once, then classify any number of images with it. */
export interface ZeroShotClassifier<Rows extends EmbeddingsLike = Embeddings> {
  readonly labels: readonly string[]
  /** `[labels, dimensions]`, rows of unit length */
  readonly embeddings: Rows
}

/** A classifier as an argument: the shape of its embeddings may also be a readonly tuple. */
export type ZeroShotClassifierLike = ZeroShotClassifier<EmbeddingsLike>

/** A label and its probability among all labels. */
export interface Classification {
  readonly label: string
  readonly score: number
}

/** The prompt that CLIP's authors suggest when there is only one. */
export const defaultTemplates: readonly string[] = ['a photo of a {}.']

/**
 * The prompts of each label under every template: `{}` stands for the label.
 * @throws DreamLIPError `INVALID_ARGUMENT` for no labels, equal labels, no templates, or a template without `{}`
 */
export function promptsOf(labels: readonly string[], templates: readonly string[]): string[] {
  checkPrompts(labels, templates)
  // The replacement is a function, because a label may contain "$&".
  return labels.flatMap((label) => templates.map((template) => template.replaceAll('{}', () => label)))
}

function checkPrompts(labels: readonly string[], templates: readonly string[]): void {
  checkLabels('labels', labels)
  const seen = new Map<string, number>()
  labels.forEach((label, i) => {
    if (seen.has(label))
      throw wrongArgument(`labels[${i}]`, `different labels; it equals labels[${seen.get(label)}]`, label)
    seen.set(label, i)
  })
  const expected = "at least one string with {} where the label goes, such as 'a photo of a {}.'"
  if (checkList<unknown>('templates', templates, expected).length === 0)
    throw wrongArgument('templates', expected, templates)
  const wrong = templates.findIndex((template) => typeof template !== 'string' || !template.includes('{}'))
  if (wrong >= 0) throw wrongArgument(`templates[${wrong}]`, 'a string with {} where the label goes', templates[wrong])
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless there is at least one label, and all are strings */
export function checkLabels(name: string, labels: readonly string[]): void {
  const expected = 'at least one string'
  checkStrings(name, labels, expected)
  if (labels.length === 0) throw wrongArgument(name, expected, labels)
}

/** How a classifier is built. */
export type ClassifierOptions = Omit<ClassifyOptions, 'topK'>

/** The model that a classifier is built with: a `DreamLIP` model, or anything else that embeds texts with unit length. */
export interface TextEmbedder {
  encodeText(texts: readonly string[], options?: Omit<TextOptions, 'normalize'>): Promise<EmbeddingsLike>
}

/** About how many prompts are embedded at once: enough to share beginnings, and small compared with a model's weights. */
const promptsAtOnce = 8192

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
  const { templates = defaultTemplates, onProgress, ...batches } = checkCall(options)
  checkObject('model', model, 'a model with a method encodeText')
  if (typeof model.encodeText !== 'function') throw wrongArgument('model', 'a model with a method encodeText', model)
  checkPrompts(labels, templates)
  const total = labels.length * templates.length
  const templatesAtOnce = Math.max(1, Math.floor(promptsAtOnce / labels.length))
  // Sorted, so that templates with a common beginning are embedded together: "a photo of the", "a photo of a".
  const sorted = [...templates].sort()
  let sums: Float32Array | undefined // [labels, dimensions]
  for (let start = 0; start < sorted.length; start += templatesAtOnce) {
    const some = sorted.slice(start, start + templatesAtOnce)
    const prompts = await model.encodeText(promptsOf(labels, some), {
      ...batches,
      onProgress: ({ stage, done }) => onProgress?.({ stage, done: start * labels.length + done, total }),
    })
    sums ??= new Float32Array(labels.length * prompts.shape[1])
    addGroups(sums, prompts, some.length)
  }
  const dimensions = sums!.length / labels.length
  return { labels, embeddings: normalizeRows({ data: sums!, shape: [labels.length, dimensions] }) }
}

/** The classifier that was passed, or one for the labels that were passed. @throws DreamLIPError as `buildZeroShotClassifier` */
export async function toClassifier(
  model: TextEmbedder,
  labels: readonly string[] | ZeroShotClassifierLike,
  options: ClassifierOptions,
): Promise<ZeroShotClassifierLike> {
  return isClassifier(labels) ? checkClassifier(labels) : buildZeroShotClassifier(model, labels, options)
}

export function isClassifier(labels: readonly string[] | ZeroShotClassifierLike): labels is ZeroShotClassifierLike {
  return typeof labels === 'object' && labels !== null && 'embeddings' in labels
}

function checkClassifier(classifier: ZeroShotClassifierLike): ZeroShotClassifierLike {
  const { labels, embeddings } = classifier
  checkLabels('classifier.labels', labels)
  const [rows] = checkEmbeddings('classifier.embeddings', embeddings).shape
  if (rows === labels.length) return classifier
  throw wrongArgument(
    'classifier.embeddings.shape',
    `[${labels.length}, dimensions], one row per label`,
    embeddings.shape,
  )
}

/** Adds up each group of `size` consecutive rows. */
function addGroups(sums: Float32Array, { data, shape: [rows, dimensions] }: EmbeddingsLike, size: number): void {
  for (let row = 0; row < rows; row++) {
    const to = Math.floor(row / size) * dimensions
    for (let d = 0; d < dimensions; d++) sums[to + d]! += data[row * dimensions + d]!
  }
}

/** Labels with their probabilities, the likeliest first: softmax of `logitScale · cosine`. */
export function rankLabels(
  cosines: ArrayLike<number>,
  labels: readonly string[],
  logitScale: number,
  topK: number = labels.length,
): Classification[] {
  checkWhole('topK', topK, 1)
  const scores = softmax(cosines, logitScale)
  return labels
    .map((label, i) => ({ label, score: scores[i]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK)
}
