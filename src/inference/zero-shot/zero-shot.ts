/** Zero-shot classification: labels become prompts, and prompts become one embedding per class. */
import { checkCall, checkList, checkObject, checkStrings, checkWhole, wrongArgument } from '../../check-arguments'
import { checkEmbeddings, normalizeRows, softmax, type Embeddings, type EmbeddingsLike } from '../embeddings/embeddings'
import type { ClassifyOptions, TextOptions } from '../options'
import type { TextEmbeddings } from '../texts/sequences'

/** One embedding per class. Build it once, then classify any number of images with it. */
export interface ZeroShotClassifier<Rows extends EmbeddingsLike = Embeddings> {
  readonly labels: readonly string[]
  /** `[labels, dimensions]`, rows of unit length */
  readonly embeddings: Rows
  /** The labels with a prompt that was cut because it is longer than the model's context, if there are any. */
  readonly cutLabels?: readonly string[]
}

/** A classifier as an argument: the shape of its embeddings may also be a readonly tuple. */
export type ZeroShotClassifierLike = ZeroShotClassifier<EmbeddingsLike>

/** A label and its probability: among all labels, or independent for models that were trained with the sigmoid loss. */
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

/** Options for building a classifier. */
export type ClassifierOptions = Omit<ClassifyOptions, 'topK'>

/** The model that a classifier is built with: a `DreamLIP` model, or anything else that embeds texts with unit length. */
export interface TextEmbedder {
  encodeText(
    texts: readonly string[],
    options?: Omit<TextOptions, 'normalize'>,
  ): Promise<EmbeddingsLike & Partial<Pick<TextEmbeddings, 'truncated'>>>
}

/** About how many prompts are embedded at once: enough to share beginnings, and small compared with a model's weights. */
const promptsAtOnce = 8192

/** `buildZeroShotClassifier`. */
export async function buildClassifier(
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
  const cut = new Set<string>()
  for (let start = 0; start < sorted.length; start += templatesAtOnce) {
    const some = sorted.slice(start, start + templatesAtOnce)
    const prompts = await model.encodeText(promptsOf(labels, some), {
      ...batches,
      onProgress: (step) =>
        onProgress?.(step.stage === 'load' ? step : { ...step, done: start * labels.length + step.done, total }),
    })
    sums ??= new Float32Array(labels.length * prompts.shape[1])
    addGroups(sums, prompts, some.length)
    prompts.truncated?.forEach(({ index }) => cut.add(labels[Math.floor(index / some.length)]!))
  }
  const dimensions = sums!.length / labels.length
  const embeddings = normalizeRows({ data: sums!, shape: [labels.length, dimensions] })
  return { labels, embeddings, ...(cut.size > 0 && { cutLabels: labels.filter((label) => cut.has(label)) }) }
}

/** The classifier that was passed, or one for the labels that were passed. @throws DreamLIPError as `buildZeroShotClassifier` */
export async function toClassifier(
  model: TextEmbedder,
  labels: readonly string[] | ZeroShotClassifierLike,
  options: ClassifierOptions,
): Promise<ZeroShotClassifierLike> {
  return isClassifier(labels) ? checkClassifier(labels) : buildClassifier(model, labels, options)
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

/**
 * Labels with their probabilities, the likeliest first: softmax of `logitScale · cosine`, or with a bias, for each label alone,
 * sigmoid of `logitScale · cosine + bias`.
 */
export function rankLabels(
  cosines: ArrayLike<number>,
  labels: readonly string[],
  logitScale: number,
  topK: number = labels.length,
  logitBias?: number,
): Classification[] {
  checkWhole('topK', topK, 1)
  const scores =
    logitBias === undefined
      ? softmax(cosines, logitScale)
      : Array.from(cosines, (cosine) => 1 / (1 + Math.exp(-(logitScale * cosine + logitBias))))
  return labels
    .map((label, i) => ({ label, score: scores[i]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK)
}
