/** Browsers have no file paths to write to. */
import { DreamLIPError } from '../../errors'

export async function writeFileAtomically(
  path: string,
  _chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  _signal?: AbortSignal,
): Promise<void> {
  throw new DreamLIPError(
    'WRITE_FAILED',
    `${path}: a browser cannot write a file by its path. Use the bytes instead: model.toBlob(), safetensorsBlob() or pyTorchBlob().`,
  )
}
