/** The model inside the package, for Node: the file in a checkout, and in the package the module that browsers load. */
import { readFile } from 'node:fs/promises'
import { inflateSync } from 'node:zlib'
import { DreamLIPError } from './errors'
import { findOwnFile } from './installed.node.ts'

const path = 'dist/browser/emoji-scenes.js'

/** @throws DreamLIPError `SOURCE_UNREADABLE` in a bundle without the file */
export async function openEmbeddedModel(): Promise<URL | Uint8Array> {
  const file = findOwnFile(path, import.meta.url, [
    './browser/emoji-scenes.js',
    './emoji-scenes.js',
    '../assets/emoji-scenes.safetensors',
  ])
  if (!file) {
    throw new DreamLIPError(
      'SOURCE_UNREADABLE',
      'DreamLIP.load() without an argument: expected the model inside the package as emoji-scenes.js next to the bundled ' +
        `program; there is no such file. Copy node_modules/dreamlip/${path} there, or leave dreamlip out of the bundle ` +
        '(esbuild: --external:dreamlip).',
    )
  }
  return file.pathname.endsWith('.js') ? unpacked(await readFile(file, 'latin1')) : file
}

/** The model in a packed module. Reading it as a file works from CommonJS too, which cannot import the module on Node 20. */
function unpacked(module: string): Uint8Array {
  const start = module.indexOf('"') + 1
  const base64 = module.slice(start, module.indexOf('"', start))
  const { buffer, byteOffset, byteLength } = inflateSync(Buffer.from(base64, 'base64'))
  return new Uint8Array(buffer, byteOffset, byteLength)
}
