/** The model inside the package, for browsers: a separate module that is loaded only here (runtime/eager/wasm-backend.browser.ts says why). */
import { unpack } from './unpack'

export async function openEmbeddedModel(): Promise<Uint8Array> {
  return unpack((await import('../assets/emoji-scenes.safetensors')).default)
}
