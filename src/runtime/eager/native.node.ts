/** TensorFlow's C library in Node, if `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu` is installed. */
import { add, findBackend, version_core, type KernelBackend } from '@tensorflow/tfjs-core'
import type { Candidate } from '../candidate'
import type { Device } from '../runtime'
import { createEagerRuntime } from './eager'
import { findPackage, loadPackage } from '../../installed.node.ts'
import { startBackend } from '../start-backend'

/** The backend name of both packages. */
const tensorflow = 'tensorflow'

/** The candidate that runs models op by op on one of the packages. */
export function native(device: 'cuda' | 'cpu', name: string): Candidate {
  return {
    device,
    runtime: 'eager',
    backend: name,
    remedy: `npm install ${name}@${version_core} (Node 22 or older${device === 'cuda' ? ', CUDA 11' : ''})`,
    async start() {
      await startBackend(tensorflow, () => load(name))
      checkDevice(device)
      await checkSum({ name: device, runtime: 'eager', backend: name, reason: '' })
      return (chosen) => createEagerRuntime(chosen, tensorflow)
    },
  }
}

/** Loads the package, unless it has another version: its kernels would replace ours, because tfjs keeps one list per process. */
async function load(name: string): Promise<void> {
  const found = findPackage(name)
  if (!found) throw new Error('not installed')
  if (found.version !== version_core) {
    throw new Error(`version ${found.version} is installed, but version ${version_core} is needed`)
  }
  loadPackage(name)
}

/** Both packages register under the same name, and the GPU package computes on the CPU if it finds no GPU. */
function checkDevice(device: 'cuda' | 'cpu'): void {
  const { isUsingGpuDevice } = findBackend(tensorflow) as KernelBackend & { isUsingGpuDevice: boolean }
  if (device === 'cuda' && !isUsingGpuDevice) throw new Error('its CUDA libraries find no usable GPU')
  if (device === 'cpu' && isUsingGpuDevice)
    throw new Error('the package for GPUs is already loaded, and only one of the two can be')
}

/** Version 4.22 can be loaded on Node 23 and later, but its kernels call functions that Node no longer has. */
async function checkSum(device: Device): Promise<void> {
  const two = { data: Float32Array.of(2), shape: [1] }
  try {
    const { sum } = await createEagerRuntime(device, tensorflow)
      .prepare(({ two }) => ({ sum: add(two!, 1) }))
      .run({ two })
    if (sum.data[0] !== 3) throw new Error(`2 + 1 gave ${String(sum.data)}`)
  } catch (error) {
    throw new Error(`does not compute on Node ${process.versions.node}: ${firstLine(error as Error)}`, { cause: error })
  }
}

function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0]!.trim()
}
