/** Looks for ONNX Runtime's CUDA libraries, which are downloaded apart: loading them blindly prints errors. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** @throws Error when they are not installed */
export function checkCudaLibrary(): void {
  const folder = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin')
  const file = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so'
  const found = readdirSync(folder).some((api) => existsSync(join(folder, api, process.platform, process.arch, file)))
  if (!found) throw new Error('its CUDA libraries are not installed')
}
