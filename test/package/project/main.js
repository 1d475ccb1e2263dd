/** A web application: embeds on the device that it is told. */
import { DreamLIP } from 'dreamlip'

window.embed = async (checkpoint, device, images, texts) => {
  const model = await DreamLIP.load(checkpoint, { device })
  const embeddings = [await model.encodeImage(images), await model.encodeText(texts)]
  model.dispose()
  return embeddings.map(({ data }) => [...data])
}
