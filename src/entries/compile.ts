/** `dreamlip/compile`: compiles tensor functions to ONNX Runtime graphs. */
export { compile, type CompiledFunction, type TensorSpec, type TensorValues } from '../runtime/compile'
export type { Device, DeviceName, HostArray, RuntimeName, RuntimeOptions } from '../runtime/runtime'
export { DreamLIPError, type ErrorCode } from '../errors'
