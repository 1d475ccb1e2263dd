/** The package's types, as an application meets them. */
import { DreamLIP, DreamLIPError, preprocessImage, type Embeddings, type ErrorCode } from 'dreamlip'

export async function search(checkpoint: string, photo: Blob, captions: string[]): Promise<Float32Array> {
  const model = await DreamLIP.load(checkpoint, { device: 'auto', dtype: 'float32' })
  const images: Embeddings = await model.encodeImage(photo)
  const texts = await model.encodeText(captions)
  const cut: number = texts.truncated.length
  const { data, shape } = await preprocessImage(photo, { size: 224, resizeMode: 'shortest' })
  const side: number = shape[1] + data.length + cut
  if (side < 0) throw new Error()
  const scores = await model.similarity(images, texts)
  model.dispose()
  return scores.data
}

export function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof DreamLIPError ? error.code : undefined
}

void DreamLIP.load()
void DreamLIP.load(undefined, { device: 'cpu' })
// @ts-expect-error a device that does not exist
void DreamLIP.load('model.pt', { device: 'abacus' })
