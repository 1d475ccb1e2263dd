/** Decoding images as a whole, or at a smaller size. */
import { checkChoice } from '../../check-arguments'

/**
 * Decoding of images that are much larger than needed. `exact`: as a whole, and resized as Pillow does it. `fast`: JPEG and WebP
 * are decoded at a smaller size, never below twice the size that is needed; other formats as in `exact`. In browsers, `fast` is
 * `exact`.
 */
export type DecodeMode = 'exact' | 'fast'

/** All decode modes. */
export const decodeModes: readonly DecodeMode[] = ['exact', 'fast']

/** @throws DreamLIPError `INVALID_ARGUMENT` for an unknown mode */
export function checkDecode(mode: DecodeMode = 'exact'): DecodeMode {
  return checkChoice('decode', mode, decodeModes)
}
