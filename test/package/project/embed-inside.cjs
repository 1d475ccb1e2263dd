/** Embeds an image and a text with the model inside the given `dreamlip`. */
module.exports = async function embedInside({ DreamLIP }) {
  const [image, text, options] = process.argv.slice(2)
  const model = await DreamLIP.load(undefined, options ? JSON.parse(options) : { device: 'wasm' })
  const embeddings = [await model.encodeImage(image), await model.encodeText(text)]
  model.dispose()
  console.log(JSON.stringify(embeddings.map(({ data }) => [...data])))
}
