/** Looks for ONNX Runtime's CUDA libraries, which are a separate download. Loading them without a check prints errors. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findPackage } from '../../../installed.node.ts'

/** @throws Error if onnxruntime-node, which is already imported, has no CUDA libraries */
export function checkCudaLibrary(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it supports CUDA on Linux x86-64 only')
  const installed = findPackage('onnxruntime-node')
  if (!installed)
    throw new Error('its folder cannot be found from a bundle, so its CUDA libraries cannot be found either')
  const builds = join(installed.folder, 'bin') // with a folder for each version of Node-API
  const found = readdirSync(builds).some((build) =>
    existsSync(join(builds, build, 'linux/x64/libonnxruntime_providers_cuda.so')),
  )
  if (!found) throw new Error('its CUDA libraries are not installed')
}
