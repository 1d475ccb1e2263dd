/** The ways to run models in browsers, the fastest first: docs/devices.md has the measurements. */
import type { OnnxRuntime } from './compiled/providers/provider'
import { loadKernels } from './load-kernels'
import type { Candidate } from './candidate'
import { createEagerRuntime } from './eager/eager'
import { startBackend } from './start-backend'
import { startWasmBackend } from './eager/wasm-backend.browser.ts'

const onnxRuntime = 'onnxruntime-web'

/** Loaded only for `auto`: a requested device is always used. */
const unlessSoftware = (name: 'WebGPU' | 'WebGL') => async () =>
  (await import('./adapters/software-adapter.browser.ts')).whySlow(name)

/** Loaded only with WASM, which a page's policy may block. */
const wasmStart = () => import('./wasm-start.browser.ts')

const candidates: readonly Candidate[] = [
  compiled('webgpu', {
    slowBecause: unlessSoftware('WebGPU'),
    remedy: 'npm install onnxruntime-web, and use a browser with WebGPU on a page served over https or from localhost',
    async load() {
      await checkAdapter()
      try {
        return await import('onnxruntime-web/webgpu')
      } catch (error) {
        throw notLoaded(error)
      }
    },
  }),
  {
    device: 'webgpu',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-webgpu',
    slowBecause: unlessSoftware('WebGPU'),
    remedy: 'use a browser with WebGPU on a page served over https or from localhost',
    async start() {
      await checkAdapter()
      await startBackend('webgpu', () => import('@tensorflow/tfjs-backend-webgpu'))
      return (device) => createEagerRuntime(device, 'webgpu')
    },
  },
  {
    device: 'webgl',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-webgl',
    slowBecause: unlessSoftware('WebGL'),
    remedy: 'use a browser with WebGL 2 and hardware acceleration switched on',
    async start() {
      await startBackend('webgl', () => import('@tensorflow/tfjs-backend-webgl'))
      return (device) => createEagerRuntime(device, 'webgl')
    },
  },
  compiled('wasm', {
    remedy: 'npm install onnxruntime-web',
    async load() {
      try {
        return await import('onnxruntime-web/wasm')
      } catch (error) {
        throw notLoaded(error)
      }
    },
  }),
  {
    device: 'wasm',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-wasm',
    remedy: 'use a browser with WebAssembly SIMD (every browser since 2023)',
    async start() {
      await (await wasmStart()).startWasm(startWasmBackend)
      return (device) => createEagerRuntime(device, 'wasm')
    },
    passedOver: (chosen, error) => void wasmStart().then(({ warnOfSlowness }) => warnOfSlowness(chosen, error)),
  },
  {
    device: 'cpu',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-cpu',
    remedy: 'the bundle is damaged: build it again',
    async start() {
      await startBackend('cpu', () => import('@tensorflow/tfjs-backend-cpu'))
      return (device) => createEagerRuntime(device, 'cpu')
    },
  },
]

export function findCandidates(): readonly Candidate[] {
  return candidates
}

/**
 * ONNX Runtime's build for browsers, if it is installed. Bundlers accept an import that they cannot resolve if it is in a `try` block:
 * webpack and Rollup warn, Vite and esbuild are silent. The import then fails at run time.
 */
function compiled(
  device: 'webgpu' | 'wasm',
  { load, ...options }: Pick<Candidate, 'remedy' | 'slowBecause'> & { load: () => Promise<OnnxRuntime> },
): Candidate {
  return {
    device,
    runtime: 'compiled',
    backend: onnxRuntime,
    ...options,
    start: async () => (await wasmStart()).startWasm(() => startOnnxRuntime(device, load)),
  }
}

async function startOnnxRuntime(
  device: 'webgpu' | 'wasm',
  load: () => Promise<OnnxRuntime>,
): ReturnType<Candidate['start']> {
  const ort = await load()
  const [{ prepareSettings }, { checkProvider }, { createCompiledRuntime }] = await loadKernels('cpu', () =>
    Promise.all([
      import('./compiled/providers/web-settings'),
      import('./compiled/check-provider'),
      import('./compiled/runtime'),
    ]),
  )
  prepareSettings(ort.env)
  const { clips } = await checkProvider(ort, device)
  const shared = device === 'webgpu' ? 'device' : 'host'
  return (chosen, { optimize }) =>
    createCompiledRuntime(chosen, {
      ort,
      name: device,
      weights: optimize === 'throughput' ? 'session' : shared,
      writesOver: false,
      clips,
    })
}

async function checkAdapter(): Promise<void> {
  if (!(await navigator.gpu?.requestAdapter())) throw new Error('the browser offers no WebGPU adapter')
}

function notLoaded(cause: unknown): Error {
  return new Error(`${onnxRuntime} is not installed or cannot be loaded`, { cause })
}
