/** Where the model inside the package lies: in browsers a chunk of its own, loaded only here (runtime/wasm-backend.browser.ts says why). */
export async function openEmbeddedModel(): Promise<Uint8Array> {
  return (await import('../assets/emoji-scenes.safetensors')).default
}
