/** transformers.js in the page, from its own bundled file: only the parts that the benchmark uses. */

interface Transformers {
  readonly env: { readonly backends: { readonly onnx: { readonly wasm: object } } }
  readonly AutoProcessor: { from_pretrained(folder: string): Promise<(images: readonly object[]) => Promise<object>> }
  readonly CLIPVisionModelWithProjection: {
    from_pretrained(
      folder: string,
      options: object,
    ): Promise<(inputs: object) => Promise<{ image_embeds: { normalize(): { data: Float32Array } } }>>
  }
  readonly RawImage: { read(url: string): Promise<object> }
}

/**
 * Loads a vision model from this server, in the layout of the Hugging Face Hub.
 * @param packages where the package and its ONNX Runtime are served
 */
export async function loadPeer(packages: string, folder: string, device: string, threads: number) {
  const url = `${packages}/@huggingface/transformers/dist/transformers.min.js`
  const { env, AutoProcessor, CLIPVisionModelWithProjection, RawImage } = (await import(
    /* @vite-ignore */ url
  )) as Transformers
  Object.assign(env, { allowLocalModels: true, allowRemoteModels: false, localModelPath: '/', useBrowserCache: false })
  Object.assign(env.backends.onnx.wasm, { numThreads: threads, wasmPaths: `${packages}/onnxruntime-web/dist/` })
  const processor = await AutoProcessor.from_pretrained(folder)
  const model = await CLIPVisionModelWithProjection.from_pretrained(folder, { device, dtype: 'fp32' })
  return async (photos: readonly string[], batch: number): Promise<Float32Array> => {
    const embeddings: Float32Array[] = []
    for (let start = 0; start < photos.length; start += batch) {
      const images = await Promise.all(photos.slice(start, start + batch).map((photo) => RawImage.read(photo)))
      const { image_embeds } = await model(await processor(images))
      embeddings.push(image_embeds.normalize().data)
    }
    return Float32Array.from(embeddings.flatMap((values) => [...values]))
  }
}
