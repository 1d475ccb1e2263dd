/** Looks for ONNX Runtime's CUDA libraries, which are downloaded apart: loading them blindly prints errors. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findPackage } from '../../installed.node.ts'

/** @throws Error when onnxruntime-node, which has been imported, came without them */
export function checkCudaLibrary(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it has CUDA on Linux x86-64 only')
  const builds = join(findPackage('onnxruntime-node')!.folder, 'bin') // a folder for each version of Node's interface
  const found = readdirSync(builds).some((build) =>
    existsSync(join(builds, build, 'linux/x64/libonnxruntime_providers_cuda.so')),
  )
  if (!found) throw new Error('its CUDA libraries are not installed')
}
