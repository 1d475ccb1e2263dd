/** Runs a family's functions of images and texts together, in blocks of texts, so that memory does not grow with the number of texts. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { PairFunctions } from '../../models/pair-functions'
import type { HostArray, Program } from '../../runtime/runtime'
import type { EmbeddingsLike } from '../embeddings/embeddings'
import type { Encoder } from '../encoder'
import type { PatchTokens } from '../images/embed-images'
import { paddedSize, padRows } from '../programs/padded-batch'

/** Texts that are compared with a batch of images at once. */
const textsPerBlock = 128

interface Pairs {
  readonly texts: Tensor2D
  readonly patches: Tensor3D
}

/** @param patches projected; neither patches nor texts are scaled to unit length @returns `[images, texts, …]` */
type PairProgram = (patches: PatchTokens, texts: EmbeddingsLike, signal?: AbortSignal) => Promise<Float32Array>

/** The pair functions of the model's family on the model's device; `undefined` for families that compare embeddings only. */
export async function pairPrograms(
  encoder: Encoder,
): Promise<{ readonly [Name in keyof PairFunctions]: PairProgram } | undefined> {
  const { config, programs } = encoder
  if (config.family === undefined) return undefined
  const { familyModel } = await import('../../models/families')
  const functions = await familyModel(config)?.pairs?.()
  if (!functions) return undefined
  const prepared = (name: keyof PairFunctions): PairProgram => {
    const compute = ({ texts, patches }: Pairs, weights: ReadonlyMap<string, Tensor>) => ({
      result: functions[name](weights, texts, patches),
    })
    return (patches, texts, signal) => runBlocks(encoder, programs.prepared(name, compute), patches, texts, signal)
  }
  return { scores: prepared('scores'), attention: prepared('attention') }
}

async function runBlocks(
  { runtime, checkAlive }: Encoder,
  program: Program<Pairs, { readonly result: Tensor }>,
  patches: PatchTokens,
  { data, shape: [count, width] }: EmbeddingsLike,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const [images] = patches.shape
  const sizeOf = (rows: number) => (runtime.prefersFewShapes ? paddedSize(rows) : rows)
  const paddedPatches = padRows(patches, sizeOf(images))
  let results = new Float32Array(0) // [images, texts, …]
  for (let start = 0; start < count; start += textsPerBlock) {
    signal?.throwIfAborted()
    checkAlive()
    const rows = Math.min(textsPerBlock, count - start)
    const block: HostArray = { data: data.subarray(start * width, (start + rows) * width), shape: [rows, width] }
    const { result } = await program.run({ texts: padRows(block, sizeOf(rows)), patches: paddedPatches })
    const [, texts, ...rest] = result.shape as [number, number, ...number[]]
    const each = rest.reduce((product, size) => product * size, 1) // values per pair
    if (start === 0) results = new Float32Array(images * count * each)
    for (let image = 0; image < images; image++) {
      const own = (result.data as Float32Array).subarray(image * texts * each, (image * texts + rows) * each)
      results.set(own, (image * count + start) * each)
    }
  }
  return results
}
