/** A model's parameters as callers see them: on the device, copied when they are read. */
import type { HostTensor } from '../checkpoint/tensor'
import type { Encoder } from './encoder'
import { DreamLIPError } from '../errors'
import { checkTower } from './missing-tower'
import { towerOf } from './weights'

/** A parameter on the device of its model. */
export interface DeviceTensor extends HostTensor {
  readonly shape: number[]
  /**
   * A copy of the values.
   * @throws DreamLIPError `READ_ASYNC` for values that can only be read asynchronously: those of a tower still in its file,
   *   and on TensorFlow.js's WebGPU backend all except scalars. Call `read()` for them. `DISPOSED`
   */
  readonly data: Float32Array
  readonly dtype: 'float32'
  /** Copies the values without blocking. Reads the tower first if it is still in its file. @throws DreamLIPError `DISPOSED`; errors of reading */
  read(): Promise<Float32Array>
}

/** All parameters by their PyTorch names. */
export function deviceTensors(encoder: Encoder): ReadonlyMap<string, DeviceTensor> {
  return new Map(encoder.weights.names.map((name) => [name, deviceTensor(encoder, name)]))
}

function deviceTensor(encoder: Encoder, name: string): DeviceTensor {
  const { parameters, weights, checkAlive } = encoder
  return {
    shape: [...weights.shape(name)],
    dtype: 'float32',
    get data() {
      checkAlive()
      if (!parameters.has(name)) throw notReadYet(name)
      return parameters.read(name)
    },
    read: () => readParameter(encoder, name),
  }
}

/** A copy of a parameter's values, whether its tower has been read or not. */
export async function readParameter({ parameters, weights, checkAlive }: Encoder, name: string): Promise<Float32Array> {
  checkAlive()
  const tower = towerOf(name)
  if (tower && !parameters.has(name)) await weights.need([tower])
  checkAlive()
  return parameters.readLater(name)
}

function notReadYet(name: string): DreamLIPError {
  return new DreamLIPError(
    'READ_ASYNC',
    `parameters.get('${name}').data: this tower is still in its file, because nothing has needed it. ` +
      `Call await model.preload() after loading, or await parameters.get('${name}').read().`,
  )
}

/** The logit scale, the factor on cosines before a softmax. Scalars are kept on the host, so reading it does not wait for the device. */
export function logitScaleOf(encoder: Encoder): number {
  const { missing, parameters } = encoder
  // A file with one tower may lack it. It is only needed with both towers.
  if (missing && !parameters.has('logit_scale')) checkTower(encoder, missing.tower)
  return Math.exp(parameters.read('logit_scale')[0]!)
}

/** The score bias of models trained with the sigmoid loss, which predict an independent probability for each pair. */
export function sigmoidBiasOf({ config, parameters }: Encoder): number | undefined {
  if (config.logitBiasInit === undefined || !parameters.names.includes('logit_bias')) return undefined
  return parameters.read('logit_bias')[0]
}

/** Copies of all parameters. Works on every device. */
export async function readDeviceTensors(encoder: Encoder): Promise<ReadonlyMap<string, HostTensor>> {
  const copies = new Map<string, HostTensor>()
  for (const [name, tensor] of deviceTensors(encoder)) {
    copies.set(name, { data: await tensor.read(), shape: tensor.shape, dtype: tensor.dtype })
  }
  return copies
}
