import { describe, expectTypeOf, it } from 'vitest'
import type {
  CheckpointTensor,
  CompiledFunction,
  DeviceTensor,
  DreamLIP,
  Embeddings,
  EmbeddingsLike,
  HeatMap,
  ImageBatchInput,
  NamedEmbeddings,
  ParameterValues,
  PatchTokens,
  PreprocessedImage,
  Segmentation,
  TextBatchInput,
  TextEmbeddings,
  TokenizedBatch,
  ZeroShotClassifier,
} from '../src/index.node.ts'
import type { cosineSimilarity, topK } from '../src/index.node.ts'

// tsc checks these types. vitest only runs the file.
describe('shapes', () => {
  it('of results are accepted where number[] is asked for, as TensorFlow.js asks', () => {
    type Results =
      | Embeddings
      | NamedEmbeddings
      | TextEmbeddings
      | PatchTokens
      | PreprocessedImage
      | HeatMap
      | Segmentation
      | TokenizedBatch
      | DeviceTensor
      | CheckpointTensor
      | ParameterValues
      | ZeroShotClassifier['embeddings']
      | Awaited<ReturnType<CompiledFunction<'x', 'y'>>>['y']
    expectTypeOf<Results['shape']>().toExtend<number[]>()
  })

  it('of results say how many axes there are', () => {
    expectTypeOf<Embeddings['shape']>().toEqualTypeOf<[number, number]>()
    expectTypeOf<PatchTokens['shape']>().toEqualTypeOf<[number, number, number]>()
    expectTypeOf<PreprocessedImage['shape']>().toEqualTypeOf<[3, number, number]>()
    expectTypeOf<HeatMap['shape']>().toEqualTypeOf<[number, number]>()
  })

  it('of arguments may be readonly', () => {
    interface Readonly512 {
      readonly data: Float32Array
      readonly shape: readonly [2, 512]
    }
    expectTypeOf<Readonly512>().toExtend<EmbeddingsLike>()
    expectTypeOf<Readonly512>().toExtend<Parameters<typeof cosineSimilarity>[0]>()
    expectTypeOf<Readonly512>().toExtend<Parameters<typeof topK>[0]>()
    expectTypeOf<Readonly512>().toExtend<Parameters<DreamLIP['similarity']>[0]>()
    expectTypeOf<{ data: Float32Array; shape: readonly [3, 224, 224] }>().toExtend<ImageBatchInput>()
    expectTypeOf<{ data: Float32Array; shape: readonly [2, 3, 224, 224] }>().toExtend<ImageBatchInput>()
    type Ids = Omit<TokenizedBatch, 'shape'> & { readonly shape: readonly [1, 77] }
    expectTypeOf<Ids>().toExtend<TextBatchInput>()
    interface Classifier {
      readonly labels: readonly string[]
      readonly embeddings: Readonly512
    }
    expectTypeOf<Classifier>().toExtend<Parameters<DreamLIP['classify']>[1]>()
  })

  it('with another number of axes are refused', () => {
    expectTypeOf<{ data: Float32Array; shape: [number] }>().not.toExtend<EmbeddingsLike>()
    expectTypeOf<{ data: Float32Array; shape: number[] }>().not.toExtend<EmbeddingsLike>()
  })
})
