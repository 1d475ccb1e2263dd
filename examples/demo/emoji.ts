/** What the small model inside the package finds in drawn scenes and single emoji that training never showed. */
import { buildZeroShotClassifier, createRandom, type DreamLIP, type ZeroShotClassifier } from 'dreamlip'
import { labelOf } from 'emoji-scenes/captions/captions'
import { drawScene } from 'emoji-scenes/scenes/draw'
import { createIcons } from 'emoji-scenes/icons/icons'
import { heldOutKinds, kinds, trainKinds, type Kind } from 'emoji-scenes/icons/kinds'
import { templates } from 'emoji-scenes/comparison/naming'
import { pick, shuffled } from 'emoji-scenes/scenes/pick'
import { sampleOf } from 'emoji-scenes/data-set/samples'
import { singleEmoji } from 'emoji-scenes/scenes/scene'
import { surroundings } from 'emoji-scenes/captions/sentences'
import { emojiStyles, heldOutStyles, iconsOf } from 'emoji-scenes/icons/styles'
import { divide, locate, nameAll, seekAll } from './explore'
import type { Divided, Findings, Located, Named, Score, Sought } from './findings'

/** Side of the drawings in pixels. */
const side = 160
/** How many single emoji of each sort are named, and how many scenes are searched. */
const [namedCount, sceneCount] = [100, 100]
/** How many results the page shows. */
const shown = { named: 6, sought: 3, located: 3, divided: 3 }
/** How many scenes of several things are grounded. */
const locatedCount = 20

const labels = kinds.map(({ names }) => names[0].text)

type ShownStyle = (typeof emojiStyles | typeof heldOutStyles)[number]

const styleNames: Readonly<Record<ShownStyle, string>> = {
  noto: 'Noto',
  twemoji: 'Twemoji',
  emojione: 'EmojiOne',
  fxemoji: 'FxEmojis',
  'fluent-emoji-flat': 'Fluent',
  openmoji: 'OpenMoji',
}
const heldOutNames = heldOutStyles.map((style) => styleNames[style])

const icons = createIcons()

/** A scene that training never showed, drawn. */
type DrawnScene = Awaited<ReturnType<typeof drawSample>>

/** @param seed selects the scenes and emoji; none is chosen by hand */
export async function exploreEmoji(model: DreamLIP, seed: number): Promise<Findings> {
  const scenes = await Promise.all(Array.from({ length: sceneCount }, (_, number) => drawSample(seed, number)))
  const named = await nameEmoji(model, seed)
  const sought = await seekAll(
    model,
    scenes.map(({ picture }) => picture),
    scenes.map(({ sentences }) => sentences.map(({ text }) => text)),
  )
  // Scenes of several things are the interesting ones.
  const busy = scenes.filter(({ scene }) => scene.objects.length >= 3)
  const located: Located[] = []
  for (const scene of busy.slice(0, locatedCount)) located.push(await locateThings(model, scene))
  const divided: Divided[] = []
  for (const scene of busy.slice(shown.located).slice(0, shown.divided)) divided.push(await divideScene(model, scene))
  return {
    about:
      `It looks at emoji by artists that its training never showed (${heldOutNames.join(' and ')}), ` +
      `and at ${heldOutKinds.length} things that no picture of its training showed, such as ${listSome(heldOutKinds)}. ` +
      'All are drawn at random; none is chosen by hand.',
    scores: [...scoreNames(named), scoreSought(sought), scoreLocated(located)],
    named: {
      about: `Zero-shot: which of ${labels.length} names fits best? The model was not trained to choose among names.`,
      all: Object.values(named).flatMap((those) => those.slice(0, shown.named)),
    },
    sought: {
      about: `A long caption is compared with ${sceneCount} scenes. The page shows the five most similar ones. The right one has a frame.`,
      all: sought.slice(0, shown.sought),
    },
    located: {
      about: 'One heat map per sentence. Yellow is where the picture fits the sentence best.',
      all: located.slice(0, shown.located),
    },
    divided: {
      about:
        'Each pixel gets the text that fits it best: a name, or a sentence about the background. Training showed no masks.',
      all: divided,
    },
    credits:
      'Drawings: Fluent Emoji (Microsoft, MIT), OpenMoji (CC BY-SA 4.0), Noto Emoji (Google, Apache-2.0), Twemoji (CC BY 4.0), ' +
      'EmojiOne 2 (CC BY 4.0), FxEmojis (Mozilla, Apache-2.0), as packed by Iconify.',
  }
}

async function drawSample(seed: number, number: number) {
  const { scene, captions } = sampleOf({ seed, split: number % 3 === 2 ? 'held-out-emoji' : 'held-out-styles', number })
  const { image, mask } = await drawScene(scene, side, icons)
  return { scene, sentences: captions.long, picture: image, mask }
}

type EmojiSort = 'unseen drawings' | 'unseen things'

async function nameEmoji(model: DreamLIP, seed: number): Promise<Record<EmojiSort, Named[]>> {
  const classifier = await buildZeroShotClassifier(model, labels, { templates })
  const drawings = await drawEmoji(trainKinds, heldOutStyles, seed)
  const things = await drawEmoji(heldOutKinds, [...heldOutStyles, ...emojiStyles], seed)
  return {
    'unseen drawings': await nameAll(model, drawings, classifier),
    'unseen things': await nameAll(model, things, classifier),
  }
}

/** Emoji of different kinds, each in one of the styles, on white. */
async function drawEmoji(all: readonly Kind[], styles: readonly ShownStyle[], seed: number) {
  const random = createRandom(seed)
  const chosen = shuffled(random, all).slice(0, namedCount)
  const emoji = chosen.flatMap((kind) => {
    const having = styles.filter((style) => iconsOf(style, kind).length > 0)
    if (having.length === 0) return []
    const style = pick(random, having)
    return [{ kind, style, code: pick(random, iconsOf(style, kind)) }]
  })
  return Promise.all(
    emoji.map(async ({ kind, style, code }) => {
      const { image } = await drawScene(singleEmoji({ kind: kind.key, style, code }), side, icons)
      const unseen = kind.heldOut ? 'unseen thing' : 'unseen style'
      return { picture: image, about: `${styleNames[style]}, ${unseen}`, truth: kind.names[0].text }
    }),
  )
}

/** Grounds one sentence per thing, and checks whether its best pixel is on the thing. */
async function locateThings(model: DreamLIP, { scene, sentences, picture, mask }: DrawnScene): Promise<Located> {
  const ofThings = scene.objects.flatMap((_, i) => sentences.find(({ object }) => object === i) ?? [])
  return locate(
    model,
    picture,
    ofThings.map(({ text }) => text),
    (i, pixel) => mask.data[pixel] === ofThings[i]!.object! + 1,
  )
}

/** Segments a scene. The labels are the names of the things, and a sentence about the background. */
async function divideScene(model: DreamLIP, { scene, picture, mask }: DrawnScene): Promise<Divided> {
  const background = surroundings(createRandom(0), scene.background)
  const behind = await buildZeroShotClassifier(model, [background], { templates: ['{}'] })
  const things = await buildZeroShotClassifier(model, scene.objects.map(labelOf), { templates })
  return divide(model, picture, joined(behind, things), Uint16Array.from(mask.data))
}

/** One classifier with the labels of both. */
function joined(a: ZeroShotClassifier, b: ZeroShotClassifier): ZeroShotClassifier {
  const [rows, dimensions] = a.embeddings.shape
  const data = Float32Array.of(...a.embeddings.data, ...b.embeddings.data) // [a's labels + b's labels, dimensions]
  return {
    labels: [...a.labels, ...b.labels],
    embeddings: { data, shape: [rows + b.embeddings.shape[0], dimensions] },
  }
}

function scoreNames(named: Record<EmojiSort, readonly Named[]>): Score[] {
  return Object.entries(named).map(([sort, those]) => ({
    what: `${sort} named correctly`,
    right: those.filter(isRight).length,
    of: those.length,
    chance: percent(1 / labels.length),
  }))
}

function isRight({ truth, scores }: Named): boolean {
  return scores[0]!.label === truth
}

function scoreSought(sought: readonly Sought[]): Score {
  const right = sought.filter(({ rank }) => rank === 1).length
  return { what: 'scenes found by their caption', right, of: sought.length, chance: percent(1 / sought.length) }
}

function scoreLocated(located: readonly Located[]): Score {
  const maps = located.flatMap((each) => each.maps)
  const share = maps.reduce((sum, { thing }) => sum + thing!.share, 0) / maps.length
  const right = maps.filter(({ thing }) => thing!.hit).length
  return { what: 'things pointed at by their sentence', right, of: maps.length, chance: percent(share) }
}

function listSome(some: readonly Kind[]): string {
  return some
    .slice(0, 3)
    .map(({ names }) => names[0].text)
    .join(', ')
}

/** A share as text, with a decimal below 1 %. */
function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.01 ? 1 : 0)} %`
}
