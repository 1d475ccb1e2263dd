/** Random changes of training images: where to crop, colours, blur, mirror. Ranges are torchvision's. */
import type { Random } from '../random'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, toGray } from './adjust-colors'
import { convertToRGB } from './alpha'
import { blur } from './blur'
import type { RawImage } from './raw-image'
import { crop, resize, type Region } from './resize'

/** What may happen to an image. */
export interface Augmentation {
  /** The share of the image's area that is kept. */
  readonly scale: readonly [number, number]
  /** Width to height of the part that is kept, before it is made square. */
  readonly ratio: readonly [number, number]
  /** How far brightness, contrast, saturation and hue may change, and how often they do. */
  readonly jitter?: { readonly strengths: readonly [number, number, number, number]; readonly probability: number }
  readonly gray?: number
  /** Standard deviation in pixels, and how often. */
  readonly blur?: { readonly sigma: readonly [number, number]; readonly probability: number }
  readonly flip?: number
}

const ratio = [3 / 4, 4 / 3] as const

/** The reference's default (open_clip's `image_transform` for training), and its stronger recipe without RandAugment. */
export const augmentations: Readonly<Record<'crop' | 'strong', Augmentation>> = {
  crop: { scale: [0.9, 1], ratio },
  strong: {
    scale: [0.2, 1],
    ratio,
    jitter: { strengths: [0.4, 0.4, 0.4, 0.1], probability: 0.8 },
    gray: 0.2,
    blur: { sigma: [0.1, 2], probability: 0.5 },
    flip: 0.5,
  },
}

/** A square RGB picture of `size`: another one each time, the same for the same state of the generator. */
export function augment(image: RawImage, size: number, options: Augmentation, random: Random): RawImage {
  const part = crop(image, randomRegion(image, options, random))
  const steps: ((picture: RawImage) => RawImage)[] = []
  const sometimes = (probability: number | undefined, step: (picture: RawImage) => RawImage) => {
    if (probability !== undefined && random.uniform() < probability) steps.push(step)
  }
  sometimes(options.jitter?.probability, (picture) => jitter(picture, options.jitter!.strengths, random))
  sometimes(options.gray, toGray)
  sometimes(options.blur?.probability, (picture) => blur(picture, between(options.blur!.sigma, random)))
  sometimes(options.flip, mirror)
  return steps.reduce((picture, step) => step(picture), convertToRGB(resize(part, size, size)))
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
function jitter(image: RawImage, strengths: readonly [number, number, number, number], random: Random): RawImage {
  const factor = (strength: number) => between([Math.max(0, 1 - strength), 1 + strength], random)
  const [brightness, contrast, saturation, hue] = strengths
  const changes = [
    (picture: RawImage) => adjustBrightness(picture, factor(brightness)),
    (picture: RawImage) => adjustContrast(picture, factor(contrast)),
    (picture: RawImage) => adjustSaturation(picture, factor(saturation)),
    (picture: RawImage) => adjustHue(picture, between([-hue, hue], random)),
  ]
  for (let i = changes.length - 1; i > 0; i--) {
    const j = integer(i + 1, random)
    ;[changes[i], changes[j]] = [changes[j]!, changes[i]!]
  }
  return changes.reduce((picture, change) => change(picture), image)
}

function mirror(image: RawImage): RawImage {
  const { width, height, channels } = image
  const data = new Uint8Array(image.data.length) // [height, width, channels]
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = width - 1; x >= 0; x--) {
      for (let c = 0; c < channels; c++) data[out++] = image.data[(y * width + x) * channels + c]!
    }
  }
  return { ...image, data }
}

function between([low, high]: readonly [number, number], random: Random): number {
  return low + (high - low) * random.uniform()
}

function integer(below: number, random: Random): number {
  return Math.floor(below * random.uniform())
}
