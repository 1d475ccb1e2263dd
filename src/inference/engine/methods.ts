/** The computations behind the methods of a model, by name. Engines run them, on this thread or in a worker. */
import { checkCall, checkPath } from '../../check-arguments'
import type { ImageInput } from '../../images/raw-image'
import { deviceTensors, readDeviceTensors, readParameter } from '../device-tensor'
import type { EmbeddingsLike } from '../embeddings/embeddings'
import type { FingerprintOptions } from '../fingerprint'
import { encodeImages, encodePatches } from '../images/embed-images'
import type { ImageBatchInput } from '../images/image-list'
import type { ModelState } from '../model-state'
import type {
  ClassifyOptions,
  DenseOptions,
  ExportOptions,
  ImageOptions,
  MatchOptions,
  PatchOptions,
  PreloadOptions,
  RankOptions,
  SaveOptions,
  SegmentOptions,
  SimilarityOptions,
  TextOptions,
} from '../options'
import type { SelfCheckOptions } from '../self-check'
import type { TextBatchInput } from '../texts/sequences'
import type { ZeroShotClassifierLike } from '../zero-shot/zero-shot'
import { methodKeys, refuseUnknown } from './known-options'

/** Labels, or a classifier that was built from them. */
type Labels = readonly string[] | ZeroShotClassifierLike

/** Code that is not needed to embed an image loads on demand. */
export const methods = {
  encodeImage: ({ encoder }: ModelState, images: ImageBatchInput, options: ImageOptions) =>
    encodeImages(encoder, images, options),

  async encodePatches({ encoder }: ModelState, images: ImageBatchInput, options: PatchOptions) {
    if (options?.layer === undefined) return encodePatches(encoder, images, options)
    const { encodeHiddenPatches } = await import('../images/hidden-patches')
    return encodeHiddenPatches(encoder, images, options)
  },

  async encodeText(state: ModelState, texts: TextBatchInput, options: TextOptions) {
    const { encodeTexts } = await import('../texts/embed-texts')
    return encodeTexts(state, texts, options)
  },

  async similarity(
    state: ModelState,
    images: ImageBatchInput | EmbeddingsLike,
    texts: TextBatchInput | EmbeddingsLike,
    options: SimilarityOptions,
  ) {
    const { similarityOf } = await import('../similarity')
    return similarityOf(state, images, texts, options)
  },

  async classify(state: ModelState, images: ImageBatchInput, labels: Labels, options: ClassifyOptions) {
    const { classifyImages } = await import('../zero-shot/classify')
    return classifyImages(state, images, labels, options)
  },

  async match(state: ModelState, images: ImageBatchInput, texts: TextBatchInput, options: MatchOptions) {
    const { matchImages } = await import('../match/match')
    return matchImages(state, images, texts, options)
  },

  async rank(state: ModelState, query: string, images: ImageBatchInput, options: RankOptions) {
    const { rankImages } = await import('../match/rank')
    return rankImages(state, query, images, options)
  },

  async ground(state: ModelState, image: ImageInput, text: string | readonly string[], options: DenseOptions) {
    const { groundPhrases } = await import('../dense/ground')
    return groundPhrases(state, image, text, options)
  },

  async segment(state: ModelState, image: ImageInput, labels: Labels, options: SegmentOptions) {
    const { segmentImage } = await import('../dense/segment')
    return segmentImage(state, image, labels, options)
  },

  async selfCheck({ encoder, dtype }: ModelState, options: SelfCheckOptions) {
    checkCall(options)
    const { selfCheck } = await import('../self-check')
    return selfCheck(encoder, dtype, options)
  },

  async save(state: ModelState, path: string, options: SaveOptions) {
    checkPath('path', path)
    const [{ saveModel }, { modelFileOf }] = await modelFiles()
    await state.encoder.weights.need()
    return saveModel(path, modelFileOf(state, deviceTensors(state.encoder), options))
  },

  async toBlob(state: ModelState, options: SaveOptions) {
    const [{ modelBlob }, { modelFileOf }] = await modelFiles()
    return modelBlob(modelFileOf(state, await readDeviceTensors(state.encoder), options))
  },

  async exportOnnx({ encoder }: ModelState, path: string, options: ExportOptions) {
    const { exportTower } = await import('../export/export-tower')
    return exportTower(encoder, path, options)
  },

  /** The values of one parameter. */
  readParameter: ({ encoder }: ModelState, name: string) => readParameter(encoder, name),

  async preload({ encoder }: ModelState, options: PreloadOptions) {
    const { preload } = await import('../preload')
    return preload(encoder, options)
  },

  async fingerprint({ encoder }: ModelState, options: FingerprintOptions) {
    const { fingerprintOf } = await import('../fingerprint')
    return fingerprintOf(encoder, options)
  },
}

/** Imports one after the other: Jest fails if two ES modules that share a third are imported at once. */
async function modelFiles() {
  const saving = await import('../model-files/save-model')
  return [saving, await import('../model-files/model-file')] as const
}

type Methods = typeof methods

export type MethodName = keyof Methods

/** The arguments of a method, except the state. */
export type Arguments<Name extends MethodName> =
  Parameters<Methods[Name]> extends [ModelState, ...infer Rest] ? Rest : never

export type Result<Name extends MethodName> = Awaited<ReturnType<Methods[Name]>>

/** Runs a method by its name. @throws DreamLIPError `INVALID_ARGUMENT` for an unknown option; errors of the method */
export async function runMethod<Name extends MethodName>(
  state: ModelState,
  name: Name,
  args: Arguments<Name>,
): Promise<Result<Name>> {
  const [known, options] = [methodKeys[name], args.at(-1)]
  if (known) await refuseUnknown(options, known)
  const method = methods[name] as (state: ModelState, ...args: unknown[]) => Promise<unknown>
  return (await method(state, ...args)) as Result<Name>
}
