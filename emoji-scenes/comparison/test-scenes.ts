/** The scenes that models are measured on. */
import type { RawImage } from 'dreamlip'
import type { Captions } from '../captions/captions'
import { drawScene } from '../scenes/draw'
import type { Icons } from '../icons/icons'
import { heldOutKinds, trainKinds, type Kind } from '../icons/kinds'
import { sampleOf } from '../data-set/samples'
import type { Scene } from '../scenes/scene'
import { heldOutStyles, emojiStyles, type Style } from '../icons/styles'

/** Test splits, with the kinds and styles of the single emoji that are classified in each. */
export const testSplits = {
  'held-out-styles': { kinds: trainKinds, styles: heldOutStyles },
  'held-out-emoji': { kinds: heldOutKinds, styles: [...emojiStyles, ...heldOutStyles] },
} as const satisfies Readonly<Record<string, { readonly kinds: readonly Kind[]; readonly styles: readonly Style[] }>>

export type TestSplit = keyof typeof testSplits

export interface TestScene {
  readonly scene: Scene
  readonly captions: Captions
  readonly image: RawImage
  readonly mask: RawImage
}

/** The scenes of a split, drawn at the model's size. */
export async function drawTestScenes(
  split: TestSplit,
  count: number,
  side: number,
  seed: number,
  icons: Icons,
): Promise<TestScene[]> {
  const numbers = Array.from({ length: count }, (_, number) => number)
  return Promise.all(
    numbers.map(async (number) => {
      const { scene, captions } = sampleOf({ seed, split, number })
      return { scene, captions, ...(await drawScene(scene, side, icons)) }
    }),
  )
}
