/** Distillation: a student model learns which images and texts its teacher finds similar. */
import {
  add,
  concat,
  div,
  exp,
  expandDims,
  mean,
  mul,
  reshape,
  sub,
  sum,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { addAll } from '../ops/add-all'
import { matMulTransposed } from '../ops/matmul'
import { splitRows } from '../ops/pieces'
import { after } from '../ops/recompute'
import { eachBlock } from './parts/blocks'
import { alongBoth, joinLogSums, logSums } from './parts/log-sums'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  toScalar,
  type PairedFeatures,
} from './parts/pair-inputs'

export interface DistillationLossOptions extends PairedFeatures {
  /** The teacher's embeddings, `[B, D]`, of unit length. They get no gradient. */
  readonly teacherImages: Tensor2D
  /** The teacher's embeddings, `[B, D]`, of unit length. They get no gradient. */
  readonly teacherTexts: Tensor2D
  /** The teacher's logit scale. It gets no gradient. */
  readonly teacherLogitScale: number | Scalar
}

/**
 * The cross entropy between the teacher's and the student's distribution: over texts for each image, and over images for each text.
 * Returns the mean of both. Add it to `contrastiveLoss`. (The distillation term of open_clip's `DistillClipLoss`.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match
 */
export function distillationLoss(options: DistillationLossOptions): Scalar {
  const {
    images,
    texts,
    teacherImages,
    teacherTexts,
    chunkSize = defaultChunkSize,
  } = checkLossOptions('distillationLoss', options)
  checkFeatures('distillationLoss', {
    images: [images, 'BC'],
    texts: [texts, 'BC'],
    teacherImages: [teacherImages, 'BD'],
    teacherTexts: [teacherTexts, 'BD'],
  })
  checkChunkSize('distillationLoss', chunkSize)
  const scale = toScalar('distillationLoss', 'logitScale', options.logitScale)
  const teacherScale = toScalar('distillationLoss', 'teacherLogitScale', options.teacherLogitScale)

  const scaledTeacher = mul<Tensor2D>(teacherImages, teacherScale)
  const teacherSums = logSums(scaledTeacher, teacherTexts, chunkSize)
  const teacherRows = splitRows(after([scaledTeacher], [teacherSums.byRow])[0]!, chunkSize)
  const teacherColumns = splitRows(teacherTexts, chunkSize)
  const sumsByRow = splitRows(teacherSums.byRow, chunkSize)
  const sumsByColumn = splitRows(teacherSums.byColumn, chunkSize)
  const blocks = eachBlock(mul<Tensor2D>(images, scale), texts, chunkSize, (rows, columns, i, j) => ({
    fn: (images: Tensor2D, texts: Tensor2D, ...teacher: TeacherBlock) => {
      const logits = matMulTransposed(images, texts) // [rows, columns]
      const expected = sum(mul(logits, probabilities(...teacher))) // []
      return concat([alongBoth(logits), reshape(expected, [1])]) // [rows + columns + 1]
    },
    inputs: [rows, columns],
    constants: [teacherRows[i]!, teacherColumns[j]!, sumsByRow[i]!, sumsByColumn[j]!],
    sizes: [rows.shape[0], columns.shape[0], 1],
  }))
  const { byRow, byColumn } = joinLogSums(blocks)
  // The student's logits, weighted by the teacher's probabilities of both directions.
  const expected = addAll(blocks.flat().map((parts) => parts[2]!)) // [1]
  return mul(sub(mean(add(byRow, byColumn)), div(sum(expected), images.shape[0])), 0.5)
}

/** The teacher's part of a block: its scaled rows, its columns, and the logarithms of the sums that its softmaxes divide by. */
type TeacherBlock = [Tensor2D, Tensor2D, Tensor1D, Tensor1D]

/** The teacher's probability of each text given its image, plus that of each image given its text: `[rows, columns]` */
function probabilities(...[images, texts, byRow, byColumn]: TeacherBlock): Tensor2D {
  const logits = matMulTransposed(images, texts) // [rows, columns]
  return add(exp(sub(logits, expandDims(byRow, 1))), exp(sub(logits, byColumn)))
}
