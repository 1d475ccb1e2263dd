/** Recognises a checkpoint by its first bytes, so that a download of something else ends early. */
import { fileKind, firstBytesInHex } from '../../bytes/file-kind'
import { DreamLIPError } from '../../errors'

/** Bytes needed to recognise a checkpoint. */
export const magicBytes = 9

/** Refuses files that are neither PyTorch (zip or legacy) nor safetensors. @throws DreamLIPError `FORMAT_UNKNOWN` */
export function checkMagic(name: string, head: Uint8Array): void {
  if (fileKind(head, ['zip', 'torchLegacy', 'safetensors'])) return
  const start = firstBytesInHex(head)
  throw new DreamLIPError(
    'FORMAT_UNKNOWN',
    `${name}: expected a PyTorch checkpoint or safetensors; the file ${start ? `starts with ${start}` : 'is empty'}. Check the address.`,
  )
}
