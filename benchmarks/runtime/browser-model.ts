/** A CLIP model with a random ViT-B/16, as a checkpoint for dreamlip and as ONNX in the layout of the Hugging Face Hub. */
import { DreamLIP } from '../../src/index'
import { writeHubFolder } from './hub-folder'

/** Only images are measured: the text tower is as small as possible. */
const config = {
  embed_dim: 512,
  vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 1, layers: 1 },
}

/** Writes `hub/` with the vision tower, and `model.safetensors` last: if it exists, so do the others. */
export async function writeBrowserModel(folder: string): Promise<void> {
  const model = await DreamLIP.create(config, { seed: 1, device: 'cpu' })
  await writeHubFolder(model, `${folder}/hub`)
  await model.save(`${folder}/model.safetensors`)
  model.dispose()
}
