/** The ways to run models in Node, the fastest first. */
import { findBackend } from '@tensorflow/tfjs-core'
import { silenceFirstUse } from '../ops/tfjs-internals'
import { loadKernels } from './load-kernels'
import { checkCudaLibrary } from './compiled/providers/cuda.node.ts'
import type { OnnxRuntime } from './compiled/providers/provider'
import type { Candidate } from './candidate'
import { createEagerRuntime } from './eager/eager'
import { native } from './eager/native.node.ts'
import { startBackend } from './start-backend'
import { checkTfjsCopies } from './tfjs-copies.node.ts'
import { startWasmBackend } from './eager/wasm-backend.node.ts'
import { loadNatively } from '../installed.node.ts'

const onnxRuntime = 'onnxruntime-node'

/** Without the variable, the install script downloads CUDA libraries. If that fails, npm leaves the package out. */
const installOnnxRuntime = 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node'

const candidates: readonly Candidate[] = [
  compiled('cuda', {
    remedy:
      'install CUDA 12 and cuDNN 9 on Linux x86-64, then: ONNXRUNTIME_NODE_INSTALL=cuda12 npm install onnxruntime-node ' +
      '(or npm rebuild, if it is installed)',
  }),
  native('cuda', '@tensorflow/tfjs-node-gpu'),
  compiled('webgpu', {
    onRequest: true,
    remedy: 'install onnxruntime-node and a driver for Vulkan, Metal or Direct3D 12',
  }),
  compiled('cpu', { remedy: installOnnxRuntime, passedOver: warnOfSlowness }),
  native('cpu', '@tensorflow/tfjs-node'),
  {
    device: 'wasm',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-wasm',
    remedy: 'reinstall dreamlip; if you bundle it, leave @tensorflow/tfjs-backend-wasm out of the bundle',
    async start() {
      await startWasmBackend()
      return (device) => createEagerRuntime(device, 'wasm')
    },
  },
  {
    device: 'cpu',
    runtime: 'eager',
    backend: '@tensorflow/tfjs-backend-cpu',
    remedy: 'the package is damaged: reinstall dreamlip',
    async start() {
      await startBackend('cpu', () => import('@tensorflow/tfjs-backend-cpu'))
      silenceFirstUse(findBackend('cpu'))
      return (device) => createEagerRuntime(device, 'cpu')
    },
  },
]

/** @throws DreamLIPError `DEPENDENCY_CONFLICT` for two versions of TensorFlow.js in one process */
export function findCandidates(): readonly Candidate[] {
  checkTfjsCopies()
  return candidates
}

/** Where each provider shares weights. CUDA cannot share them, because the binding keeps tensors only on WebGPU devices. */
const shared = { cuda: 'session', webgpu: 'device', cpu: 'host' } as const

/** ONNX Runtime on one of its execution providers. */
function compiled(
  device: 'cuda' | 'webgpu' | 'cpu',
  options: Pick<Candidate, 'onRequest' | 'remedy' | 'passedOver'>,
): Candidate {
  return {
    device,
    runtime: 'compiled',
    backend: onnxRuntime,
    ...options,
    async start() {
      const ort = loadNatively(onnxRuntime) as OnnxRuntime
      if (device === 'cuda') checkCudaLibrary()
      // Imports one after the other: Jest fails if two ES modules that share a third are imported at once.
      const { checkProvider } = await loadKernels('cpu', () => import('./compiled/check-provider'))
      const { createCompiledRuntime } = await loadKernels('cpu', () => import('./compiled/runtime'))
      const { clips } = await checkProvider(ort, device).catch(failPlainly)
      return (chosen, { optimize, threads }) =>
        createCompiledRuntime(chosen, {
          ort,
          name: device,
          weights: optimize === 'throughput' ? 'session' : shared[device],
          writesOver: device === 'cpu',
          clips,
          threads,
        })
    },
  }
}

/** ONNX Runtime's messages start with the place in its source and the condition that failed. */
function failPlainly(cause: unknown): never {
  const message = cause instanceof Error ? cause.message : String(cause)
  throw new Error(message.replace(/^\S+\.cc:\d+ .* was false\. /s, ''), { cause })
}

/** The cost of TensorFlow.js's backends compared with ONNX Runtime, measured with ViT-B/16 (docs/hosts.md). */
const slowness: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs-backend-wasm': 'at least 10 times slower on 2 cores, and even more with more cores',
  '@tensorflow/tfjs-backend-cpu': 'more than 50 times slower',
}

let warned = false

/** Warns once per process about what a missing package costs. */
function warnOfSlowness(chosen: Candidate, error: unknown): void {
  const cost = slowness[chosen.backend]
  if (cost === undefined || warned) return
  warned = true
  const reason = error instanceof Error ? error.message : String(error)
  const message =
    `${onnxRuntime} cannot be used (${reason}): models run on ${chosen.backend}, ${cost}. npm silently leaves it out ` +
    `if its install script cannot reach its server: npm ls ${onnxRuntime} shows that. To install it: ${installOnnxRuntime}`
  process.emitWarning(message, 'DreamLIPWarning')
}
