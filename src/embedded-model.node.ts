/** The model inside the package, for Node: the file in a checkout, and in the package the module that browsers load. */
import { readFile } from 'node:fs/promises'
import { DreamLIPError } from './errors'
import { findOwnFile } from './installed.node.ts'
import { unpack } from './unpack.node.ts'

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
  return file.pathname.endsWith('.js') ? unpack(packedIn(await readFile(file, 'latin1'))) : file
}

/** The text that a packed module exports. Reading it as a file works from CommonJS too, which cannot import the module on Node 20. */
function packedIn(module: string): string {
  return /"([^"]+)"/.exec(module)![1]!
}
