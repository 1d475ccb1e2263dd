/** A model's parameters as callers see them: on the device, copied when they are read. */
import type { HostTensor } from '../checkpoint/tensor'
import type { Encoder } from './encoder'
import { checkTower } from './missing-tower'

/** A parameter on the device of its model. */
export interface DeviceTensor extends HostTensor {
  readonly shape: number[]
  /**
   * A copy of the values.
   * @throws DreamLIPError `READ_ASYNC` on TensorFlow.js's WebGPU backend, for anything but a scalar: call `read()` there; `DISPOSED`
   */
  readonly data: Float32Array
  readonly dtype: 'float32'
  /** Copies the values without blocking. Works on every device. @throws DreamLIPError `DISPOSED` */
  read(): Promise<Float32Array>
}

/** All parameters by their PyTorch names. */
export function deviceTensors(encoder: Encoder): ReadonlyMap<string, DeviceTensor> {
  return new Map(encoder.parameters.names.map((name) => [name, deviceTensor(encoder, name)]))
}

function deviceTensor({ parameters, checkAlive }: Encoder, name: string): DeviceTensor {
  return {
    shape: [...parameters.shape(name)],
    dtype: 'float32',
    get data() {
      checkAlive()
      return parameters.read(name)
    },
    async read() {
      checkAlive()
      return parameters.readLater(name)
    },
  }
}

/** The logit scale, the factor on cosines before a softmax. Scalars are kept on the host, so reading it does not wait for the device. */
export function logitScaleOf(encoder: Encoder): number {
  const { missing, parameters } = encoder
  // A file with one tower may lack it. It is only needed with both towers.
  if (missing && !parameters.names.includes('logit_scale')) checkTower(encoder, missing.tower)
  return Math.exp(parameters.read('logit_scale')[0]!)
}

/** The bias of scores, in models that were trained with the sigmoid loss: their score of a pair is a probability of its own. */
export function sigmoidBiasOf({ config, parameters }: Encoder): number | undefined {
  if (config.logitBiasInit === undefined || !parameters.names.includes('logit_bias')) return undefined
  return parameters.read('logit_bias')[0]
}

/** Copies of all parameters, on every device. */
export async function readDeviceTensors(encoder: Encoder): Promise<ReadonlyMap<string, HostTensor>> {
  const copies = new Map<string, HostTensor>()
  for (const [name, tensor] of deviceTensors(encoder)) {
    copies.set(name, { data: await tensor.read(), shape: tensor.shape, dtype: tensor.dtype })
  }
  return copies
}
