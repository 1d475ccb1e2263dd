/** Where the model inside the package lies: in Node a file. */

/** `src` and `dist` both lie beside `assets`. */
export async function openEmbeddedModel(): Promise<URL> {
  return new URL('../assets/emoji-scenes.safetensors', import.meta.url)
}
