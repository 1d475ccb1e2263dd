/** A web application that embeds on request. */
import { DreamLIP } from 'dreamlip'

window.embed = async (checkpoint, options, images, texts) => {
  const model = await DreamLIP.load(checkpoint, options)
  const embeddings = [await model.encodeImage(images), await model.encodeText(texts)]
  model.dispose()
  return { device: model.device, embeddings: embeddings.map(({ data }) => [...data]) }
}
