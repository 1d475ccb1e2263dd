/** A batch for training benchmarks: captions with different token ids, all of the same length. */
import type { StepBatch } from '../src/training/step/step-batch'
import type { StepWork } from './training'

export function trainingBatch(
  { images, captions, tokens }: Pick<StepWork, 'images' | 'captions' | 'tokens'>,
  imageSize: number,
): StepBatch {
  const texts = Array.from({ length: images * captions }, (_, row) =>
    Int32Array.from({ length: tokens }, (_, i) =>
      i === tokens - 1 ? 49_407 : (((row * tokens + i) * 7919) % 49_000) + 1,
    ),
  )
  const pixels = Float32Array.from({ length: images * 3 * imageSize ** 2 }, (_, i) => Math.sin(1.7 * i))
  return { pixels: { data: pixels, shape: [images, 3, imageSize, imageSize] }, captions: texts }
}
