/** transformers.js in typical use: an exported CLIP vision model from a local folder. */
import { basename, dirname } from 'node:path'
import { importPeer } from '../peers'
import { threads } from './sides'

const peer = '@huggingface/transformers'

/** The parts of transformers.js that are used. */
interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean }
  readonly RawImage: { read(path: string): Promise<unknown> }
  readonly AutoProcessor: { from_pretrained(name: string): Promise<(images: unknown[]) => Promise<object>> }
  readonly CLIPVisionModelWithProjection: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<(inputs: object) => Promise<{ image_embeds: { data: Float32Array } }>>
  }
}

/** Photographs to embeddings, decoding and preprocessing included. */
export async function transformersImages(
  folder: string,
  dtype: 'float32' | 'int8',
): Promise<(photos: readonly string[]) => Promise<Float32Array>> {
  const { env, AutoProcessor, CLIPVisionModelWithProjection, RawImage } = await importPeer<Transformers>(peer)
  Object.assign(env, { localModelPath: dirname(folder), allowRemoteModels: false })
  const name = basename(folder)
  const processor = await AutoProcessor.from_pretrained(name)
  const model = await CLIPVisionModelWithProjection.from_pretrained(name, {
    device: 'cpu',
    dtype: dtype === 'float32' ? 'fp32' : 'q8',
    session_options: { intraOpNumThreads: threads },
  })
  return async (photos) => {
    const images = await Promise.all(photos.map((photo) => RawImage.read(photo)))
    return (await model(await processor(images))).image_embeds.data
  }
}
