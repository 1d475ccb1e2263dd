/** Where the model inside the package lies: in Node a file. */
import { DreamLIPError } from './errors'
import { findOwnFile } from './installed.node.ts'

const path = 'assets/emoji-scenes.safetensors'

/** `src` and `dist` both lie beside `assets`. @throws DreamLIPError `SOURCE_UNREADABLE` from a bundle that left it behind */
export async function openEmbeddedModel(): Promise<URL> {
  const file = findOwnFile(path, import.meta.url, [`../${path}`, `./${path}`])
  if (file) return file
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `DreamLIP.load() without an argument: expected the model inside the package at ${path} beside the bundled program; ` +
      `there is no such file. Copy node_modules/dreamlip/${path} there, or leave dreamlip out of the bundle ` +
      '(esbuild: --external:dreamlip).',
  )
}
