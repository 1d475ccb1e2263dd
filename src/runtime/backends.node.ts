/** The TensorFlow.js backends of Node, fastest first. */
import { engine } from '@tensorflow/tfjs-core'
import type { Backend } from './device'
import { startBackend } from './start-backend'

export const backends: readonly Backend[] = [
  {
    device: 'cuda',
    backend: 'tensorflow',
    remedy: 'install @tensorflow/tfjs-node-gpu of the same version as @tensorflow/tfjs-core',
    async start() {
      // A variable keeps bundlers and the type checker from resolving a package that is rarely installed.
      const name = '@tensorflow/tfjs-node-gpu'
      await import(/* @vite-ignore */ name).catch(() => {
        throw new Error(`${name} is not installed or does not load`)
      })
      await startBackend('tensorflow')
    },
  },
  {
    device: 'wasm',
    backend: 'wasm',
    remedy: 'this Node was built without WebAssembly SIMD, or the package is damaged: reinstall dreamlip',
    async start() {
      await import('@tensorflow/tfjs-backend-wasm')
      await startBackend('wasm')
    },
  },
  {
    device: 'cpu',
    backend: 'cpu',
    remedy: 'the package is damaged: reinstall dreamlip',
    async start() {
      await import('@tensorflow/tfjs-backend-cpu')
      await startBackend('cpu')
      silenceFirstUseWarning()
    },
  },
]

/** tfjs's CPU backend advises Node users, on first use, to install a package that does not run on current Nodes. */
function silenceFirstUseWarning(): void {
  Object.assign(engine().findBackend('cpu'), { firstUse: false })
}
