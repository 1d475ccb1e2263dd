/** Hard negatives: whether a model prefers the right caption to one with a detail exchanged. */
import { checkCall, checkChoice, checkList, checkObject, wrongArgument } from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import type { EmbeddingsLike } from '../../inference/embeddings/embeddings'
import { checkLong, type LongTexts } from '../../inference/options'
import { checkKeys, type KeysOf } from '../../known-keys'
import { shorten } from '../../printable'
import type { Choice, ChoiceSet } from '../datasets/data-set'
import { embedImages } from '../features/embed-images'
import type { TaskOptions } from '../task/options'
import type { ClassFigure, Figures, HardExample, TaskResult } from '../task/result'

interface ChooseChoices {
  /** How long captions are handled; default `truncate`. */
  readonly long?: LongTexts
}

const choiceKeys: KeysOf<ChooseChoices> = { long: 0 }

/** Whether the right captions are chosen for all images, and the right images for all captions. */
interface Answer {
  readonly choice: Choice
  readonly text: boolean
  readonly image: boolean
  /** The maximum of wrong cosines minus right ones; NaN if an image cannot be read. */
  readonly error: number
}

/**
 * Asks a model to choose captions for images, and images for captions. A choice is right if every right pair has a higher cosine than all wrong ones
 * that share its image or its caption; ties count as wrong, and so do images that cannot be read.
 * @param options `protocol`: `long`, as for `encodeText`
 * @returns figures `accuracy` over all choices and `categoryMean`, the mean of the categories' accuracies; with several images per choice also
 *   `textScore`, `imageScore` and `groupScore` (both), as Winoground names them
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason when aborted
 */
export async function chooseSet(model: DreamLIP, set: ChoiceSet, options: TaskOptions = {}): Promise<TaskResult> {
  const { protocol = {}, ...batches } = checkCall(options)
  const { long: given } = checkKeys('protocol', checkObject('protocol', protocol) as ChooseChoices, choiceKeys)
  const long = checkLong(given)
  checkChoiceSet(model, set)
  const images = [...new Map(set.samples.flatMap((choice) => choice.images).map((image) => [image.id, image])).values()]
  const captions = [...new Set(set.samples.flatMap((choice) => choice.captions))]
  const embedded = await embedImages(model, images, batches)
  const { batchSize, signal, onProgress } = batches
  const texts = await model.encodeText(captions, { long, batchSize, signal, onProgress })
  const rowOfImage = new Map(images.map(({ id }, i) => [id, embedded.row[i]!]))
  const rowOfText = new Map(captions.map((caption, i) => [caption, i]))
  const answers = set.samples.map((choice) => {
    const ofImages = choice.images.map(({ id }) => rowOfImage.get(id)!)
    const ofTexts = choice.captions.map((caption) => rowOfText.get(caption)!)
    return answerOf(choice, (image, caption) => dotOf(embedded.embeddings, ofImages[image]!, texts, ofTexts[caption]!))
  })
  const perClass = categoriesOf(answers)
  return {
    figures: {
      ...figuresOf(answers),
      categoryMean: perClass.reduce((sum, { value }) => sum + value!, 0) / perClass.length,
    },
    protocol: { long, ties: 'wrong' },
    problems: embedded.problems,
    details: { perClass, hardest: hardestOf(answers) },
  }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` */
function checkChoiceSet(model: DreamLIP, set: ChoiceSet): void {
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkChoice('set.task', checkObject('set', set, 'a set of choices').task, ['choice'])
  const expected = 'as many images as captions, or a single one of either'
  if (checkList('set.samples', set.samples).length === 0) throw wrongArgument('set.samples', 'at least one choice', [])
  set.samples.forEach(({ images, captions }, i) => {
    const [m, n] = [
      checkList(`set.samples[${i}].images`, images).length,
      checkList(`set.samples[${i}].captions`, captions).length,
    ]
    if (Math.min(m, n) >= 1 && m * n > 1 && (m === n || Math.min(m, n) === 1)) return
    throw wrongArgument(`set.samples[${i}]`, expected, `${m} images and ${n} captions`)
  })
}

/** NaN for a row of −1, an image that could not be read. */
function dotOf(a: EmbeddingsLike, i: number, b: EmbeddingsLike, j: number): number {
  if (i < 0) return NaN
  const width = a.shape[1]
  let sum = 0
  for (let d = 0; d < width; d++) sum += a.data[i * width + d]! * b.data[j * width + d]!
  return sum
}

/** @param cosine of an image and a caption of the choice */
function answerOf(choice: Choice, cosine: (image: number, caption: number) => number): Answer {
  const { images, captions } = choice
  let [text, image, error] = [true, true, -Infinity]
  for (let right = 0; right < Math.min(images.length, captions.length); right++) {
    const best = cosine(right, right)
    captions.forEach((_, caption) => {
      if (caption === right) return
      const wrong = cosine(right, caption)
      text &&= wrong < best
      error = Math.max(error, wrong - best)
    })
    images.forEach((_, other) => {
      if (other === right) return
      const wrong = cosine(other, right)
      image &&= wrong < best
      error = Math.max(error, wrong - best)
    })
  }
  return { choice, text, image, error }
}

function isRight({ text, image }: Answer): boolean {
  return text && image
}

function shareOf(answers: readonly Answer[], holds: (answer: Answer) => boolean): number {
  return answers.filter(holds).length / answers.length
}

function figuresOf(answers: readonly Answer[]): Figures {
  const accuracy = shareOf(answers, isRight)
  const isTwoWay = answers.some(({ choice }) => choice.images.length > 1 && choice.captions.length > 1)
  if (!isTwoWay) return { accuracy }
  return {
    accuracy,
    textScore: shareOf(answers, ({ text }) => text),
    imageScore: shareOf(answers, ({ image }) => image),
    groupScore: accuracy,
  }
}

function categoriesOf(answers: readonly Answer[]): ClassFigure[] {
  const byName = new Map<string, Answer[]>()
  for (const answer of answers) {
    const own = byName.get(answer.choice.category)
    if (own) own.push(answer)
    else byName.set(answer.choice.category, [answer])
  }
  return [...byName].map(([name, own]) => ({ name, value: shareOf(own, isRight), count: own.length }))
}

const mostHard = 20

function hardestOf(answers: readonly Answer[]): HardExample[] {
  return answers
    .filter((answer) => !isRight(answer) && Number.isFinite(answer.error))
    .sort((a, b) => b.error - a.error)
    .slice(0, mostHard)
    .map(({ choice: { id, images, captions }, error }) => ({
      id,
      ...(typeof images[0]!.image === 'string' && { image: images[0]!.image }),
      expected: shorten(captions[0]!, 200),
      predicted: shorten(captions[1] ?? 'another image', 200),
      severity: error,
    }))
}
