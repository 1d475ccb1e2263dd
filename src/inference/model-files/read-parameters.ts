/** Reads a model's parameters from a checkpoint, one tensor at a time. */
import { tensorBytes, toFloat32 } from '../../checkpoint/dtype'
import { quantizedSource } from '../../checkpoint/quantized-source'
import type { CheckpointTensor, TensorData } from '../../checkpoint/tensor'
import type { Storage } from '../../compile/storage'
import type { Quantized } from '../../quantization/quantized'
import { elementCount } from '../../shape'
import type { ModelPlan } from './plan-model'
import { checkWeights } from '../embeddings/finite'

/** A parameter on its way to a device. */
export interface LoadedParameter {
  readonly name: string
  /** Floats, or the quantized values if the file stores the parameter in the requested form. */
  readonly values: Float32Array | Quantized
  readonly shape: readonly number[]
}

/** A parameter, and the progress in bytes, including this parameter. */
export interface LoadingStep extends LoadedParameter {
  readonly done: number
  readonly total: number
}

/**
 * Reads tensors of the plan one after another as float32, positions resized to the model's image size and context length. Tensors that
 * the file stores in the requested quantized form are read in that form.
 * @param storageOf the requested form of a parameter
 * @param tensors the tensors to read; default all
 * @throws DreamLIPError `TENSOR_INVALID` for a tensor with NaN or infinite values
 */
export async function* readParameters(
  plan: ModelPlan,
  storageOf: (name: string, shape: readonly number[]) => Storage | undefined,
  signal?: AbortSignal,
  tensors = plan.tensors,
): AsyncGenerator<LoadingStep> {
  const total = bytesOf(tensors)
  let done = 0
  const start = (tensor: CheckpointTensor) => startReading(tensor, storageOf(tensor.name, tensor.shape), signal)
  for await (const { tensor, read } of readInOrder(tensors, start, plan.readAhead)) {
    signal?.throwIfAborted()
    const { name } = tensor
    const shape = plan.shapes.get(name) ?? tensor.shape
    done += bytesOf([tensor])
    yield { name, values: 'storage' in read ? read : await floatsOf(plan, name, read, shape), shape, done, total }
  }
}

type Read = TensorData | Quantized

/** Tensors in order. While the caller works on one, the next one is read, and as many more as fit into `ahead` bytes. */
async function* readInOrder(
  tensors: readonly CheckpointTensor[],
  start: (tensor: CheckpointTensor) => Promise<Read>,
  ahead = 0,
): AsyncGenerator<{ readonly tensor: CheckpointTensor; readonly read: Read }> {
  const reading: Promise<Read>[] = []
  let [started, bytes] = [0, 0]
  for (const [i, tensor] of tensors.entries()) {
    for (; started < tensors.length && (started <= i || bytes < ahead); started++) {
      reading.push(start(tensors[started]!))
      bytes += bytesOf([tensors[started]!])
    }
    const read = await reading.shift()!
    bytes -= bytesOf([tensor])
    if (started === i + 1 && started < tensors.length) {
      reading.push(start(tensors[started]!))
      bytes += bytesOf([tensors[started++]!])
    }
    yield { tensor, read }
  }
}

/** Size of tensors in the file. */
export function bytesOf(tensors: readonly CheckpointTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + (quantizedSource(tensor)?.byteLength ?? tensorBytes(tensor)), 0)
}

/** If the caller stops before this tensor, its failure does not matter. */
function startReading(
  tensor: CheckpointTensor,
  storage: Storage | undefined,
  signal?: AbortSignal,
): Promise<TensorData | Quantized> {
  const source = quantizedSource(tensor)
  const reading = source && source.storage === storage ? source.read(signal) : tensor.read(signal)
  reading.catch(() => undefined)
  return reading
}

async function floatsOf(
  plan: ModelPlan,
  name: string,
  read: TensorData,
  shape: readonly number[],
): Promise<Float32Array> {
  const data = toFloat32(read)
  checkWeights(plan.file, name, data)
  if (data.length === elementCount(shape)) return data
  // Positions for another image size or context length. The code is loaded only if needed.
  return (await import('./fit-positions')).fitPositions(name, data, shape, plan)
}
