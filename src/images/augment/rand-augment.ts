/** RandAugment (arXiv 1909.13719) with the ten operations of the reference's stronger recipe; pixels are Pillow's. */
import type { Random } from '../../random'
import { adjustBrightness } from './adjust-colors'
import { autocontrast, equalize, sharpen } from './enhance'
import { transform } from './affine'

export interface RandAugment {
  /** Operations drawn per image, with replacement. Each is applied with probability one half. */
  readonly count: number
  /** Their strength, from 0 to 10. */
  readonly magnitude: number
}

const probability = 0.5

/** Changes square pixels in place. */
type Operation = (rgb: Uint8Array, size: number, strength: number, random: Random) => void

/** Strengths of 10 are ALBEF's: 1.9 times as bright or sharp, a slope of 0.3, 10 pixels, 30 degrees. */
export const operations: Readonly<Record<string, Operation>> = {
  identity: () => {},
  autocontrast: (rgb) => autocontrast(rgb),
  equalize: (rgb) => equalize(rgb),
  brightness: (rgb, _, strength) => adjustBrightness(rgb, 0.1 + 1.8 * strength),
  sharpness: (rgb, size, strength) => sharpen(rgb, size, 0.1 + 1.8 * strength),
  shearX: (rgb, size, strength, random) => transform(rgb, size, [1, signed(0.3 * strength, random), 0, 0, 1, 0]),
  shearY: (rgb, size, strength, random) => transform(rgb, size, [1, 0, 0, signed(0.3 * strength, random), 1, 0]),
  translateX: (rgb, size, strength, random) => transform(rgb, size, [1, 0, signed(10 * strength, random), 0, 1, 0]),
  translateY: (rgb, size, strength, random) => transform(rgb, size, [1, 0, 0, 0, 1, signed(10 * strength, random)]),
  rotate: (rgb, size, strength, random) => {
    const angle = signed((30 * strength * Math.PI) / 180, random)
    const [cos, sin, middle] = [Math.cos(angle), Math.sin(angle), size / 2]
    const [x, y] = [middle - cos * middle - sin * middle, middle + sin * middle - cos * middle]
    transform(rgb, size, [cos, sin, x, -sin, cos, y])
  },
}

export function applyRandAugment(
  rgb: Uint8Array,
  size: number,
  { count, magnitude }: RandAugment,
  random: Random,
): void {
  const all = Object.values(operations)
  for (let i = 0; i < count; i++) {
    const operation = all[Math.floor(all.length * random.uniform())]!
    if (random.uniform() < probability) operation(rgb, size, magnitude / 10, random)
  }
}

function signed(value: number, random: Random): number {
  return random.uniform() < 0.5 ? value : -value
}
