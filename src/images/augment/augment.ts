/** Random augmentation of training images: crop, blur, colours, mirroring, RandAugment. Ranges are torchvision's. */
import type { Random } from '../../random'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, toGray } from './adjust-colors'
import { applyRandAugment, type RandAugment } from './rand-augment'
import type { RawImage } from '../raw-image'
import type { RegionOptions } from '../resample/resize-region'
import type { Region } from '../resample/resize-plan'

/** The random changes to an image. */
export interface Augmentation {
  /** The share of the image's area that is kept. */
  readonly scale: readonly [number, number]
  /** Aspect ratio (width / height) of the part that is kept, before it is made square. */
  readonly ratio: readonly [number, number]
  /** Standard deviation in pixels, and probability. */
  readonly blur?: { readonly sigma: readonly [number, number]; readonly probability: number }
  /** Maximum changes of brightness, contrast, saturation and hue, and their probability. */
  readonly jitter?: { readonly strengths: readonly [number, number, number, number]; readonly probability: number }
  readonly gray?: number
  readonly flip?: number
  readonly randAugment?: RandAugment
}

const ratio = [3 / 4, 4 / 3] as const

/** The reference's default (open_clip's `image_transform` for training), and its stronger recipe. */
export const augmentations: Readonly<Record<'crop' | 'strong', Augmentation>> = {
  crop: { scale: [0.9, 1], ratio },
  strong: {
    scale: [0.2, 1],
    ratio,
    blur: { sigma: [0.1, 2], probability: 0.5 },
    jitter: { strengths: [0.4, 0.4, 0.4, 0.1], probability: 0.8 },
    gray: 0.2,
    flip: 0.5,
    randAugment: { count: 2, magnitude: 7 },
  },
}

/** The crop of an image and its blur. Both come before colour changes, so that decoders can do them. */
export function randomCrop(options: Augmentation, random: Random): Pick<RegionOptions, 'choose' | 'blur'> {
  const { probability, sigma } = options.blur ?? { probability: 0, sigma: [0, 0] as const }
  return {
    blur: random.uniform() < probability ? between(sigma, random) : 0,
    choose: (image) => randomRegion(image, options, random),
  }
}

/** Changes square RGB pixels in place, at random: the state of the generator determines the changes. */
export function augment(rgb: Uint8Array, size: number, options: Augmentation, random: Random): void {
  const happens = (probability = 0) => random.uniform() < probability
  const { jitter, gray, flip, randAugment } = options
  if (happens(jitter?.probability)) jitterColors(rgb, jitter!.strengths, random)
  if (happens(gray)) toGray(rgb)
  if (happens(flip)) mirror(rgb, size)
  if (randAugment) applyRandAugment(rgb, size, randAugment, random)
}

/** torchvision's `RandomResizedCrop.get_params`: ten tries, then the middle. */
export function randomRegion(
  { width, height }: Pick<RawImage, 'width' | 'height'>,
  { scale, ratio }: Pick<Augmentation, 'scale' | 'ratio'>,
  random: Random,
): Region {
  const logarithms = [Math.log(ratio[0]), Math.log(ratio[1])] as const
  for (let tries = 0; tries < 10; tries++) {
    const area = width * height * between(scale, random)
    const aspect = Math.exp(between(logarithms, random))
    const [w, h] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))]
    if (w < 1 || h < 1 || w > width || h > height) continue
    return [integer(width - w + 1, random), integer(height - h + 1, random), w, h]
  }
  const aspect = Math.min(ratio[1], Math.max(ratio[0], width / height))
  const w = aspect < width / height ? Math.max(1, Math.round(height * aspect)) : width
  const h = aspect > width / height ? Math.max(1, Math.round(width / aspect)) : height
  return [Math.floor((width - w) / 2), Math.floor((height - h) / 2), w, h]
}

/** torchvision's `ColorJitter`: the four changes in a random order. */
function jitterColors(rgb: Uint8Array, strengths: readonly [number, number, number, number], random: Random): void {
  const factor = (strength: number) => between([Math.max(0, 1 - strength), 1 + strength], random)
  const [brightness, contrast, saturation, hue] = strengths
  const changes = [
    () => adjustBrightness(rgb, factor(brightness)),
    () => adjustContrast(rgb, factor(contrast)),
    () => adjustSaturation(rgb, factor(saturation)),
    () => adjustHue(rgb, between([-hue, hue], random)),
  ]
  for (let i = changes.length - 1; i > 0; i--) {
    const j = integer(i + 1, random)
    ;[changes[i], changes[j]] = [changes[j]!, changes[i]!]
  }
  for (const change of changes) change()
}

function mirror(rgb: Uint8Array, width: number): void {
  for (let row = 0; row < rgb.length; row += 3 * width) {
    for (let left = row, right = row + 3 * (width - 1); left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const value = rgb[left + c]!
        rgb[left + c] = rgb[right + c]!
        rgb[right + c] = value
      }
    }
  }
}

function between([low, high]: readonly [number, number], random: Random): number {
  return low + (high - low) * random.uniform()
}

function integer(below: number, random: Random): number {
  return Math.floor(below * random.uniform())
}
