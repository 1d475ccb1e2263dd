/** Cosines of images and texts in blocks, by the runtime's matrix product. */
import { matMul, type Tensor2D } from '@tensorflow/tfjs-core'
import { checkEmbeddings, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import { compile } from '../../runtime/compile'
import type { RuntimeOptions } from '../../runtime/runtime'
import type { CosineBlocks } from './ranks'

/** The largest block has 16 MB of scores. Larger ones are not faster. */
const largestBlock = { images: 1024, texts: 4096 }

/**
 * Rows need not have unit length. All blocks have one shape, padded with zeros, so a single program rounds every pair alike.
 * @param images `[images, dimensions]`
 * @param texts `[texts, dimensions]`
 * @param device the device for the matrix product
 * @param largest maximum images and texts of a block
 * @throws DreamLIPError `INVALID_ARGUMENT` for values that are NaN or infinite
 */
export function cosineBlocks(
  images: EmbeddingsLike,
  texts: EmbeddingsLike,
  device: RuntimeOptions = {},
  largest = largestBlock,
): CosineBlocks {
  const [, width] = checkEmbeddings('images', images).shape
  checkEmbeddings('texts', texts)
  const block = { images: sizeFor(images, largest.images), texts: sizeFor(texts, largest.texts) }
  const product = compile(
    // [block.images, width] · [block.texts, width]ᵀ → [block.images, block.texts]
    ({ rows, columns }) => ({ scores: matMul(rows as Tensor2D, columns as Tensor2D, false, true) }),
    { rows: { shape: [block.images, width] }, columns: { shape: [block.texts, width] } },
    device,
  )
  const rows = new Float32Array(block.images * width)
  const columns = new Float32Array(block.texts * width)
  let held: number | undefined
  return {
    images: images.shape[0],
    texts: texts.shape[0],
    block,
    async scores({ start, end }, chosen) {
      // The same images are compared with one block of texts after another.
      if (held !== start) unitRows(images, end - start, (i) => start + i, rows)
      held = start
      unitRows(texts, chosen.length, (i) => chosen[i]!, columns)
      const { scores } = await product({ rows, columns })
      return withoutPadding(scores.data as Float32Array, end - start, chosen.length, block.texts)
    },
    dispose: () => product.dispose(),
  }
}

/** A power of two that is not much larger than the number of rows: few rows need no padding to the largest block. */
function sizeFor({ shape: [count] }: EmbeddingsLike, most: number): number {
  return Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(2, count))))
}

/** Chosen rows with unit length; a row of zeros stays. Rows after them are zeros. */
function unitRows(
  { data, shape: [, width] }: EmbeddingsLike,
  count: number,
  rowOf: (i: number) => number,
  into: Float32Array,
): void {
  for (let i = 0; i < count; i++) {
    const start = rowOf(i) * width
    let squares = 0
    for (let d = start; d < start + width; d++) squares += data[d]! ** 2
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares)
    for (let d = 0; d < width; d++) into[i * width + d] = data[start + d]! * scale
  }
  into.fill(0, count * width)
}

/** `[rows, padded] → [rows, columns]`, in place. */
function withoutPadding(data: Float32Array, rows: number, columns: number, padded: number): Float32Array {
  if (columns < padded) {
    for (let i = 1; i < rows; i++) data.copyWithin(i * columns, i * padded, i * padded + columns)
  }
  return data.subarray(0, rows * columns)
}
