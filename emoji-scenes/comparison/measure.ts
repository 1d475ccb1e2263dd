/** Measures a model on pictures that it was not trained on: retrieval, single emoji, segmentation, grounding. */
import {
  buildZeroShotClassifier,
  cosineSimilarity,
  evaluateClassification,
  evaluateSegmentation,
  type DreamLIP,
  type Embeddings,
  type MaskedImage,
} from 'dreamlip'
import { recallAt } from './recall'
import { embedDescriptions } from './embed-descriptions'
import { drawScene } from '../scenes/draw'
import { measureGrounding } from './grounding'
import { templates, type NamedDrawing } from './naming'
import type { Icons } from '../icons/icons'
import { kinds } from '../icons/kinds'
import type { Measures } from './report-table'
import { singleEmoji } from '../scenes/scene'
import { iconsOf, type Style } from '../icons/styles'
import { testSplits, type TestScene, type TestSplit } from './test-scenes'

/** Pictures per batch. */
const batchSize = 64

const names = kinds.map(({ names }) => names[0].text)

/** @param scenes of the split */
export async function measure(
  model: DreamLIP,
  split: TestSplit,
  scenes: readonly TestScene[],
  icons: Icons,
): Promise<Measures> {
  const images = await model.encodeImage(
    scenes.map(({ image }) => image),
    { batchSize },
  )
  const recalls = (name: string, texts: Embeddings) => {
    const textsOfImages = cosineSimilarity(images, texts) // [images, texts]
    const imagesOfTexts = cosineSimilarity(texts, images) // [texts, images]
    return {
      [`${name} i→t R@1`]: recallAt(1, textsOfImages),
      [`${name} i→t R@5`]: recallAt(5, textsOfImages),
      [`${name} t→i R@1`]: recallAt(1, imagesOfTexts),
      [`${name} t→i R@5`]: recallAt(5, imagesOfTexts),
    }
  }
  const short = scenes.map(({ captions }) => captions.short)
  const long = scenes.map(({ captions }) => captions.long.map(({ text }) => text))
  const wholes = long.map((sentences) => sentences.join(' '))
  const classifier = await buildZeroShotClassifier(model, names, { templates })
  const alone = await singleEmojiOf(split, model.config.vision.imageSize, icons)
  const labelled = alone.map(({ image, kind }) => ({ image, label: kind.names[0].text }))
  const single = await evaluateClassification(model, labelled, classifier, { batchSize })
  const shortSide = model.config.vision.imageSize
  const masked = scenes.filter(({ scene }) => scene.objects.length > 1).map(maskedImage)
  const standard = await evaluateSegmentation(model, masked, classifier, { shortSide, attention: 'standard' })
  const correlative = await evaluateSegmentation(model, masked, classifier, { shortSide, attention: 'correlative' })
  return {
    ...recalls('short', await model.encodeText(short, { batchSize })),
    ...recalls('long', await model.encodeText(wholes, { batchSize })),
    // The mean of the sentences: the models were trained on single sentences.
    ...recalls('sentences', await embedDescriptions(model, long)),
    'single emoji top-1': single.top1,
    'single emoji top-5': single.top5,
    mIoU: standard.meanIoU,
    'mIoU, correlative': correlative.meanIoU,
    ...(await measureGrounding(model, scenes)),
  }
}

/** Every emoji of the split's kinds and styles, alone on white. */
export async function singleEmojiOf(split: TestSplit, side: number, icons: Icons): Promise<NamedDrawing[]> {
  const { kinds: shown, styles } = testSplits[split]
  const choices = shown.flatMap((kind) =>
    styles.flatMap((style: Style) => iconsOf(style, kind).map((code) => ({ kind, style, code }))),
  )
  return Promise.all(
    choices.map(async ({ kind, style, code }) => {
      const { image } = await drawScene(singleEmoji({ kind: kind.key, style, code }), side, icons)
      return { image, kind }
    }),
  )
}

/** The candidates are the things of the scene. Pixels of the background do not count, as in VOC20. */
export function maskedImage({ scene, image, mask }: TestScene): MaskedImage {
  const things = scene.objects.map(({ kind }) => kinds.findIndex(({ key }) => key === kind))
  const labelOf = (value: number) => (value === 0 ? names.length : things[value - 1]!)
  return {
    image,
    mask: { data: Array.from(mask.data, labelOf), shape: [mask.height, mask.width] },
    candidates: things,
  }
}
