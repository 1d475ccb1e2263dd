/** The ways to run models in browsers, the fastest first. */
import type { Candidate } from './device'
import { createEagerRuntime } from './eager'
import { startBackend } from './start-backend'
import { startWasmBackend } from './wasm-backend.browser'

export const candidates: readonly Candidate[] = [
  {
    device: 'webgpu',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-webgpu',
    remedy: 'use a browser with WebGPU on a page served over https or from localhost',
    async start() {
      if (!(await navigator.gpu?.requestAdapter())) throw new Error('the browser offers no WebGPU adapter')
      await import('@tensorflow/tfjs-backend-webgpu')
      await startBackend('webgpu')
      return (device) => createEagerRuntime(device, 'webgpu')
    },
  },
  {
    device: 'webgl',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-webgl',
    remedy: 'use a browser with WebGL 2 and hardware acceleration switched on',
    async start() {
      await import('@tensorflow/tfjs-backend-webgl')
      await startBackend('webgl')
      return (device) => createEagerRuntime(device, 'webgl')
    },
  },
  {
    device: 'wasm',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-wasm',
    remedy: 'use a browser with WebAssembly SIMD (every browser since 2023)',
    async start() {
      await startWasmBackend()
      return (device) => createEagerRuntime(device, 'wasm')
    },
  },
  {
    device: 'cpu',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-cpu',
    remedy: 'the bundle is damaged: build it again',
    async start() {
      await import('@tensorflow/tfjs-backend-cpu')
      await startBackend('cpu')
      return (device) => createEagerRuntime(device, 'cpu')
    },
  },
]
