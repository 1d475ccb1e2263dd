/** Starts TensorFlow.js's WASM backend in Node, where a bundle does not include its binary. */
import { fileURLToPath } from 'node:url'
import { findFile } from '../../installed.node.ts'
import { hasStarted } from '../../ops/tfjs-internals'
import { startBackend } from '../start-backend'

/** In Node, the build with SIMD runs on one thread. */
const binary = 'tfjs-backend-wasm-simd.wasm'

/** @throws Error if the binary is missing, or Node was built without WebAssembly SIMD */
export async function startWasmBackend(): Promise<void> {
  // Another copy of the backend's package may have started it. The kernels of a second copy could not use the started binary.
  if (hasStarted('wasm')) return
  const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm')
  const source = { name: '@tensorflow/tfjs-backend-wasm', version: version_wasm, path: `dist/${binary}` }
  const file = findFile(source, import.meta.url, [`./${binary}`])
  if (!file) {
    throw new Error(`${binary} is missing: copy node_modules/${source.name}/${source.path} next to the bundled program`)
  }
  setWasmPaths(fileURLToPath(new URL('./', file)))
  await startBackend('wasm')
}
