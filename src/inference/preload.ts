/** Reads a model's weights before they are needed. */
import { checkCall, checkChoice, checkList } from '../check-arguments'
import type { Tower } from '../models/names/names'
import type { Encoder } from './encoder'
import { checkTower } from './missing-tower'
import type { PreloadOptions } from './options'

const allTowers: readonly Tower[] = ['image', 'text']

/** `DreamLIP.preload`. */
export async function preload(encoder: Encoder, options: PreloadOptions): Promise<void> {
  const { towers, signal, onProgress } = checkCall(options)
  const asked = towers === undefined ? undefined : checkList('towers', towers)
  asked?.forEach((tower, i) => checkTower(encoder, checkChoice(`towers[${i}]`, tower, allTowers)))
  await encoder.weights.need(asked, { signal, onProgress })
}
