/** The compiled runtime: records functions once for each shape of their inputs, and runs the recorded graphs in ONNX Runtime. */
import { withoutUpdates, type Device, type Runtime } from '../runtime'
import { createDeviceMemory } from './arrays/device-memory'
import { createStoredParameters, type StoredParameters } from './arrays/parameters'
import { compiledProgram } from './program'
import type { Provider } from './providers/provider'

export function createCompiledRuntime(device: Device, provider: Provider): Runtime {
  const memory = createDeviceMemory(provider.ort, provider.name)
  return {
    device,
    prefersFewShapes: true,
    createParameters: () => createStoredParameters(provider.clips),
    prepare: (fn, parameters) =>
      compiledProgram(provider, memory, withoutUpdates(fn), (parameters ? [parameters] : []) as StoredParameters[]),
    // Weights that change can neither be part of a graph nor stay on a device.
    prepareUpdate: (fn, parameters) =>
      compiledProgram({ ...provider, weights: 'host' }, memory, fn, parameters as readonly StoredParameters[]),
  }
}
