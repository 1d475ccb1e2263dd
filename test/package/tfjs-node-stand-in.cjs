/** Stands in for @tensorflow/tfjs-node: TensorFlow.js's own CPU kernels as backend 'tensorflow', made active on import. */
const { getKernelsForBackend, registerBackend, registerKernel, setBackend } = require('@tensorflow/tfjs-core')
const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu')

const fault = process.env.STAND_IN_FAULT
if (fault === 'import') throw new Error('The native addon cannot be found.\nRebuild it.')

for (const kernel of getKernelsForBackend('cpu')) {
  const kernelFunc = fault === 'kernels' ? refuse : kernel.kernelFunc
  registerKernel({ ...kernel, kernelFunc, backendName: 'tensorflow' })
}
registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), { isUsingGpuDevice: fault === 'gpu' }), 3)
setBackend('tensorflow')

function refuse() {
  throw new TypeError('isNullOrUndefined is not a function')
}
