/** The samples of the splits. A sample depends only on the seed, the split and its number. */
import { createRandom, encodePNG } from 'dreamlip'
import { captionsOf, labelOf, nameCaptions, type Captions } from '../captions/captions'
import { drawScene } from '../scenes/draw'
import type { Icons } from '../icons/icons'
import { heldOutKinds, trainKinds } from '../icons/kinds'
import { createScene, type Scene, type SceneChoices, type View } from '../scenes/scene'
import { colorStyles, emojiStyles, heldOutStyles, inkStyles, type Style } from '../icons/styles'

export type SplitName = 'train' | 'validation' | 'held-out-styles' | 'held-out-emoji' | 'varied'

/** The contents of a split. */
interface Split {
  readonly about: string
  readonly choices: (number: number) => SceneChoices
  /** Whether masks and scenes are written next to the pictures. */
  readonly truth: boolean
}

export const splits: Readonly<Record<SplitName, Split>> = {
  train: {
    about: 'Training of the comparison: emoji of four artists.',
    choices: () => ({ kinds: trainKinds, styles: emojiStyles }),
    truth: false,
  },
  validation: {
    about: 'New scenes of the kinds and styles of training.',
    choices: () => ({ kinds: trainKinds, styles: emojiStyles }),
    truth: true,
  },
  'held-out-styles': {
    about: 'Kinds of training in styles that training never shows; one style a scene, in turn.',
    choices: (number) => ({ kinds: trainKinds, styles: [heldOutStyles[number % heldOutStyles.length]!] }),
    truth: true,
  },
  'held-out-emoji': {
    about: 'One thing in each scene that training never shows (the first object), in styles of training.',
    choices: () => ({ kinds: trainKinds, styles: emojiStyles, include: heldOutKinds }),
    truth: true,
  },
  varied: {
    about: 'Training of the model inside: collections, scenes and close-ups, in many styles and looks.',
    choices: (number) => ({
      kinds: trainKinds,
      styles: variedStyles,
      looks: true,
      view: variedViews[number % variedViews.length]!,
    }),
    truth: false,
  },
}

/** Sets of emoji have nearly all kinds and their drawings look most like other emoji, so they are chosen more often. */
const variedStyles: readonly Style[] = [
  ...colorStyles,
  ...emojiStyles,
  ...inkStyles,
  ...Array<Style>(3).fill('noto-emoji'),
]

/** Collections teach names fastest, and where things are: each of up to four sentences belongs to another part of the picture. */
const variedViews: readonly View[] = ['collection', 'scene', 'collection', 'scene', 'close-up']

/** The numbers that determine a sample. */
export interface SampleNumbers {
  readonly seed: number
  readonly split: SplitName
  readonly number: number
}

/** The scene and the captions of a sample. */
export function sampleOf({ seed, split, number }: SampleNumbers): { scene: Scene; captions: Captions } {
  // No two samples share a random stream, for up to ten splits of up to ten million samples per seed.
  const random = createRandom(seed * 1e8 + Object.keys(splits).indexOf(split) * 1e7 + number)
  const choices = splits[split].choices(number)
  const scene = createScene(random, choices)
  const { view = 'scene' } = choices
  return { scene, captions: view === 'scene' ? captionsOf(scene, random) : nameCaptions(scene, random) }
}

/** The files of a sample, by their endings. */
export async function filesOf(
  numbers: SampleNumbers,
  side: number,
  icons: Icons,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const { scene, captions } = sampleOf(numbers)
  const { image, mask } = await drawScene(scene, side, icons)
  const { truth } = splits[numbers.split]
  const json = Buffer.from(JSON.stringify({ ...captionKeys(captions), ...(truth ? truthKeys(scene, captions) : {}) }))
  const files = { png: await encodePNG(image), json }
  return truth ? { ...files, 'mask.png': await encodePNG(mask) } : files
}

/** The keys under which `LongCaptionDataset` finds captions. */
function captionKeys({ raw, short, long }: Captions) {
  return { raw_caption: raw, shortSV_captions: short, longSV_captions: long.map(({ text }) => text) }
}

/** Ground truth for tests. */
export interface Truth {
  /** For each sentence of the long caption, the index of the object that it describes, or null. */
  readonly about: readonly (number | null)[]
  /** The scene, with the label of each object and its value in the mask. */
  readonly scene: Scene & {
    readonly objects: readonly (Scene['objects'][number] & { readonly label: string; readonly mask: number })[]
  }
}

function truthKeys({ background, objects }: Scene, { long }: Captions): Truth {
  return {
    about: long.map(({ object }) => object),
    scene: {
      background,
      objects: objects.map((object, i) => ({ ...object, label: labelOf(object), mask: i + 1 })),
    },
  }
}
