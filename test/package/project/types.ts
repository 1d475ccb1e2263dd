/** The package's types, used as in an application. */
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

import { Tokenizer } from 'dreamlip/tokenizer'
import { decodeImage, type RawImage } from 'dreamlip/images'
import { encodePNG } from 'dreamlip/drawing'
import { readCheckpoint, type Checkpoint } from 'dreamlip/checkpoint'
import { modelConfigs } from 'dreamlip/models'
import { contrastiveLoss } from 'dreamlip/losses'
import { compile } from 'dreamlip/compile'
import { splitCaption } from 'dreamlip/data'
import { Trainer } from 'dreamlip/training'
import { evaluateRetrieval } from 'dreamlip/evaluation'
import { DreamLIP as SameDreamLIP } from 'dreamlip/model'

export const parts: unknown[] = [modelConfigs, contrastiveLoss, compile, Trainer, evaluateRetrieval, encodePNG]

export async function useParts(photo: Blob): Promise<number> {
  const ids: number[] = (await Tokenizer.load()).encode(splitCaption('A cat. A dog.').join(' '))
  const image: RawImage = await decodeImage(photo)
  const checkpoint: Checkpoint = await readCheckpoint(photo)
  const model: DreamLIP = await SameDreamLIP.load()
  return ids.length + image.width + checkpoint.tensors.size + model.config.embedDim
}
