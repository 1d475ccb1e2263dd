/** Starts TensorFlow.js's WASM backend in Node, where a bundle leaves its binary behind. */
import { fileURLToPath } from 'node:url'
import { findFile } from '../../installed.node.ts'
import { startBackend } from '../start-backend'

/** Node runs the build with SIMD on one thread. */
const binary = 'tfjs-backend-wasm-simd.wasm'

/** @throws Error where the binary is missing, or Node was built without WebAssembly SIMD */
export async function startWasmBackend(): Promise<void> {
  const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm')
  const source = { name: '@tensorflow/tfjs-backend-wasm', version: version_wasm, path: `dist/${binary}` }
  const file = findFile(source, import.meta.url, [`./${binary}`])
  if (!file) {
    throw new Error(`${binary} is missing: copy node_modules/${source.name}/${source.path} beside the bundled program`)
  }
  setWasmPaths(fileURLToPath(new URL('./', file)))
  await startBackend('wasm')
}
