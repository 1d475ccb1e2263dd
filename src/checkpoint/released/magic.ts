/** Recognises a checkpoint by its first bytes, so that a download of something else ends early. */
import { DreamLIPError } from '../../errors'

/** So many bytes must be there to tell. */
export const magicBytes = 9

/** Refuses what is no zip, legacy PyTorch file or safetensors. @throws DreamLIPError `FORMAT_UNKNOWN` */
export function checkMagic(name: string, head: Uint8Array): void {
  const at = (offset: number, ...magic: number[]) => magic.every((byte, i) => head[offset + i] === byte)
  const isZip = at(0, 0x50, 0x4b, 0x03, 0x04)
  const isLegacy = at(0, 0x80, 0x02, 0x8a, 0x0a)
  // A header of less than 4 GiB, then the brace of its JSON.
  const isSafetensors = at(4, 0, 0, 0, 0) && [0x7b, 0x20, 0x09, 0x0a, 0x0d].includes(head[8]!)
  if (isZip || isLegacy || isSafetensors) return
  const start = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  throw new DreamLIPError(
    'FORMAT_UNKNOWN',
    `${name}: expected a PyTorch checkpoint or safetensors; the file ${start ? `starts with ${start}` : 'is empty'}. Check the address.`,
  )
}
