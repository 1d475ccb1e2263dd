/** A student that learns how similar its teacher finds the images and texts of a batch. */
import {
  add,
  addN,
  concat,
  exp,
  expandDims,
  mean,
  mul,
  reshape,
  split,
  sub,
  sum,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { matMulTransposed } from '../ops/matmul'
import { splitRows } from '../ops/pieces'
import { after, recompute } from '../ops/recompute'
import { alongBoth, joinLogSums, logSums, type LogSums } from './log-sums'
import { checkChunkSize, checkFeatures, defaultChunkSize, toScalar, type PairOptions } from './pair-inputs'

export interface DistillationLossOptions extends PairOptions {
  /** `[B, C]`, of unit length */
  readonly images: Tensor2D
  /** `[B, C]`, of unit length; row i belongs to image i */
  readonly texts: Tensor2D
  /** The teacher's, `[B, D]`, of unit length; they get no gradient. */
  readonly teacherImages: Tensor2D
  /** The teacher's, `[B, D]`, of unit length; they get no gradient. */
  readonly teacherTexts: Tensor2D
  /** The teacher's factor; it gets no gradient. */
  readonly teacherLogitScale: number | Scalar
}

/**
 * The cross entropy between the teacher's distribution over texts and the student's, for each image, and over images for each text:
 * the mean over both. Add it to `contrastiveLoss`. (The distillation term of open_clip's `DistillClipLoss`.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not fit
 */
export function distillationLoss(options: DistillationLossOptions): Scalar {
  const { images, texts, teacherImages, teacherTexts, chunkSize = defaultChunkSize } = options
  checkFeatures('distillationLoss', {
    images: [images, 'BC'],
    texts: [texts, 'BC'],
    teacherImages: [teacherImages, 'BD'],
    teacherTexts: [teacherTexts, 'BD'],
  })
  checkChunkSize('distillationLoss', chunkSize)
  const scale = toScalar('distillationLoss', 'logitScale', options.logitScale)
  const teacherScale = toScalar('distillationLoss', 'teacherLogitScale', options.teacherLogitScale)

  const teacherSums = logSums(teacherImages, teacherTexts, teacherScale, 'all', chunkSize)
  const teacherRows = splitRows(after(teacherImages, teacherSums.byRow), chunkSize)
  const teacherColumns = splitRows(teacherTexts, chunkSize)
  const sumsByRow = splitRows(teacherSums.byRow, chunkSize)
  const sumsByColumn = splitRows(teacherSums.byColumn, chunkSize)
  const columns = splitRows(texts, chunkSize)
  const blocks = splitRows(images, chunkSize).map((rows, i) =>
    columns.map((others, j) =>
      distillBlock(rows, others, scale, [
        teacherRows[i]!,
        teacherColumns[j]!,
        teacherScale,
        sumsByRow[i]!,
        sumsByColumn[j]!,
      ]),
    ),
  )
  const { byRow, byColumn } = joinLogSums(blocks)
  const expected = addN(blocks.flat().map((block) => block.expected))
  return mul(sub(mean(add(byRow, byColumn)), mul(expected, 1 / images.shape[0])), 0.5)
}

/** The teacher's share of a block: its rows and columns, their factor, and the logarithms of the sums that its softmaxes divide by. */
type TeacherBlock = readonly [Tensor2D, Tensor2D, Scalar, Tensor1D, Tensor1D]

/** The student's sums over a block, and its logits weighted by the teacher's probabilities, of both directions together. */
function distillBlock(images: Tensor2D, texts: Tensor2D, scale: Scalar, teacher: TeacherBlock) {
  const [rows, columns] = [images.shape[0], texts.shape[0]]
  const all = recompute<Tensor1D, [Tensor2D, Tensor2D, Scalar]>((images, texts, scale, ...teacher) => {
    const logits = mul<Tensor2D>(matMulTransposed(images, texts), scale) // [rows, columns]
    const expected = sum(mul(logits, probabilities(...(teacher as unknown as TeacherBlock)))) // []
    return concat([alongBoth(logits), reshape(expected, [1])]) // [rows + columns + 1]
  }, teacher)(images, texts, scale)
  const [byRow, byColumn, expected] = split(all, [rows, columns, 1]) as [Tensor1D, Tensor1D, Tensor1D]
  return { byRow, byColumn, expected: reshape(expected, []) } satisfies LogSums & { expected: Scalar }
}

/** The teacher's probability of each text for its image, plus that of each image for its text: `[rows, columns]` */
function probabilities(...[images, texts, scale, byRow, byColumn]: TeacherBlock): Tensor2D {
  const logits = mul<Tensor2D>(matMulTransposed(images, texts), scale) // [rows, columns]
  return add(exp(sub(logits, expandDims(byRow, 1))), exp(sub(logits, byColumn)))
}
