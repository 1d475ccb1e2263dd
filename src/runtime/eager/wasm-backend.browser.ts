/** Starts TensorFlow.js's WASM backend in browsers, where it cannot find its binary itself. */
import { env } from '@tensorflow/tfjs-core'
import { unpack } from '../../unpack'
import { hasStarted } from '../../ops/tfjs-internals'
import { startBackend } from '../start-backend'

/**
 * The binary is a module of this package, which is loaded only here. Every bundler, development server and plain page can serve a
 * module. `new URL('….wasm', import.meta.url)` fails in Vite's dependency cache (before version 8) and in esbuild's bundles.
 * @throws Error in a browser without WebAssembly SIMD
 */
export async function startWasmBackend(): Promise<void> {
  // Another copy of the backend's package may have started it. The kernels of a second copy could not use the started binary.
  if (hasStarted('wasm')) return
  const [{ setWasmPaths }, { default: packed }] = await Promise.all([
    import('@tensorflow/tfjs-backend-wasm'),
    import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'),
  ])
  if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('the browser lacks WebAssembly SIMD')
  // The backend starts its threads from the source text of a function. Minifiers break it, and it would hang instead of failing.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  const url = URL.createObjectURL(new Blob([await unpack(packed)], { type: 'application/wasm' }))
  setWasmPaths({
    'tfjs-backend-wasm.wasm': url,
    'tfjs-backend-wasm-simd.wasm': url,
    'tfjs-backend-wasm-threaded-simd.wasm': url,
  })
  try {
    await startBackend('wasm')
  } finally {
    URL.revokeObjectURL(url)
  }
}
