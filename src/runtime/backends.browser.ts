/** The TensorFlow.js backends of browsers, fastest first. */
import type { Backend } from './device'
import { startBackend } from './start-backend'
import { startWasmBackend } from './wasm-backend.browser'

export const backends: readonly Backend[] = [
  {
    device: 'webgpu',
    backend: 'webgpu',
    remedy: 'use a browser with WebGPU on a page served over https or from localhost',
    async start() {
      if (!(await navigator.gpu?.requestAdapter())) throw new Error('the browser offers no WebGPU adapter')
      await import('@tensorflow/tfjs-backend-webgpu')
      await startBackend('webgpu')
    },
  },
  {
    device: 'webgl',
    backend: 'webgl',
    remedy: 'use a browser with WebGL 2 and hardware acceleration switched on',
    async start() {
      await import('@tensorflow/tfjs-backend-webgl')
      await startBackend('webgl')
    },
  },
  {
    device: 'wasm',
    backend: 'wasm',
    remedy: 'use a browser with WebAssembly SIMD (every browser since 2023)',
    start: startWasmBackend,
  },
  {
    device: 'cpu',
    backend: 'cpu',
    remedy: 'the bundle is damaged: build it again',
    async start() {
      await import('@tensorflow/tfjs-backend-cpu')
      await startBackend('cpu')
    },
  },
]
