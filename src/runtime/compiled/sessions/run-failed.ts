/** The error for graphs that ONNX Runtime rejects, or for which it runs out of memory. */
import { DreamLIPError } from '../../../errors'
import type { HostArray } from '../../runtime'
import { signature } from './signature'

/** @throws DreamLIPError `RUN_FAILED` */
export function fail(stage: 'prepare' | 'run', inputs: Readonly<Record<string, HostArray>>, error: unknown): never {
  const message = error instanceof Error ? error.message : String(error)
  throw new DreamLIPError(
    'RUN_FAILED',
    `ONNX Runtime could not ${stage} the graph for ${signature(inputs)}: ${message}. ` +
      'Try a smaller batch, or another device or runtime (options device, runtime).',
    { cause: error },
  )
}
