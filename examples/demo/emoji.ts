/** Tries the small model inside the package on drawn scenes and single emoji that were not used in training. */
import { buildZeroShotClassifier, createRandom, type DreamLIP, type ZeroShotClassifier } from 'dreamlip'
import { labelOf } from 'emoji-scenes/captions/captions'
import { surroundings } from 'emoji-scenes/captions/sentences'
import { templates } from 'emoji-scenes/comparison/naming'
import { sampleOf } from 'emoji-scenes/data-set/samples'
import { createIcons } from 'emoji-scenes/icons/icons'
import { heldOutKinds, kinds, trainKinds, type Kind } from 'emoji-scenes/icons/kinds'
import { emojiStyles, heldOutStyles, iconsOf } from 'emoji-scenes/icons/styles'
import { drawScene } from 'emoji-scenes/scenes/draw'
import { pick, shuffled } from 'emoji-scenes/scenes/pick'
import { singleEmoji } from 'emoji-scenes/scenes/scene'
import { artists, creditsOf, type ShownStyle } from './credits'
import { divide, gather, locate, nameAll, searchAll } from './explore'
import type { Divided, Explored, Findings, Located, Named, Score, Search } from './findings'

/** Side of the drawings in pixels. */
const side = 192
/** How many scenes are searched, and how many single emoji of each sort are named at most. */
const [sceneCount, namedCount] = [100, 100]
/** How many scenes with three things or more are grounded. */
const locatedCount = 20
/** The number of results that are shown; for single emoji, per sort. */
const shown = { explored: 6, named: 6 }

const icons = createIcons()

/** A scene that training never showed, drawn. */
type DrawnScene = Awaited<ReturnType<typeof drawSample>>

/** @param seed selects the scenes and emoji; none is chosen by hand */
export async function exploreEmoji(model: DreamLIP, seed: number): Promise<Findings> {
  const scenes = await Promise.all(Array.from({ length: sceneCount }, (_, number) => drawSample(seed, number)))
  const emoji = [
    ...(await drawEmoji(trainKinds, heldOutStyles, seed)),
    ...(await drawEmoji(heldOutKinds, [...heldOutStyles, ...emojiStyles], seed)),
  ]
  const named = await nameAll(model, emoji, kinds.map(namesOf), templates)
  const [drawings, things] = [
    named.filter((_, i) => !isHeldOut(emoji[i]!)),
    named.filter((_, i) => isHeldOut(emoji[i]!)),
  ]
  const searches = await searchAll(
    model,
    scenes.map(({ picture }) => picture),
    scenes.map(textsOf),
  )
  // Scenes of several things are the interesting ones.
  const busy = [...scenes.keys()].filter((i) => scenes[i]!.scene.objects.length >= 3)
  const located: Located[][] = []
  for (const i of busy.slice(0, locatedCount)) located.push(await locateThings(model, scenes[i]!))
  const explored: Explored[] = []
  for (const [at, i] of busy.slice(0, shown.explored).entries()) {
    const divided = await divideScene(model, scenes[i]!)
    explored.push(await gather(model, i, scenes, searches[i]!, located[at]!, divided))
  }
  return {
    knows: `The small model inside the package knows about ${kinds.length} everyday things as emoji and clip art draw them, nothing else: no photographs.`,
    about:
      `Never shown in training: all drawings by ${heldOutStyles.map((style) => artists[style].name).join(' and ')}, ` +
      `and ${heldOutKinds.length} things, such as ${listSome(heldOutKinds)}.`,
    seed,
    scores: [
      scoreSearches(searches),
      scoreLocated(located.flat()),
      scoreNames('things named correctly, drawn by new artists', drawings),
      scoreNames('things named correctly that training never showed', things),
    ],
    explored: {
      about: `Each searches ${sceneCount} scenes that chance drew, and describes one of the first ${explored.length} with three things or more.`,
      all: explored,
    },
    named: {
      about: `Which of ${kinds.length} things is it? Any of its names counts: for a dog, “puppy” is right.`,
      all: [drawings, things].flatMap((those) => those.slice(0, shown.named)),
    },
    credits: creditsOf([...scenes.flatMap(stylesOf), ...emoji.map(({ style }) => style)]),
  }
}

async function drawSample(seed: number, number: number) {
  const { scene, captions } = sampleOf({ seed, split: number % 3 === 2 ? 'held-out-emoji' : 'held-out-styles', number })
  const { image, mask } = await drawScene(scene, side, icons)
  return { scene, sentences: captions.long, picture: image, about: captions.short, mask }
}

function textsOf({ sentences }: DrawnScene): string[] {
  return sentences.map(({ text }) => text)
}

function stylesOf({ scene }: DrawnScene): ShownStyle[] {
  return scene.objects.map(({ style }) => style as ShownStyle)
}

function namesOf({ names }: Kind): string[] {
  return names.map(({ text }) => text)
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
      const about = `${artists[style].name}, ${kind.heldOut ? 'new thing' : 'new artist'}`
      return { picture: image, about, style, thing: kinds.indexOf(kind) }
    }),
  )
}

function isHeldOut({ thing }: { readonly thing: number }): boolean {
  return kinds[thing]!.heldOut
}

/** Grounds every sentence, and checks whether the best pixel of those about a thing is in its box, as benchmarks count. */
async function locateThings(model: DreamLIP, scene: DrawnScene): Promise<Located[]> {
  return locate(model, scene.picture, textsOf(scene), (i, pixel) => {
    const { object } = scene.sentences[i]!
    if (object === null) return undefined
    const { left, top, width, height } = scene.scene.objects[object]!.box
    const [x, y] = [((pixel % side) + 0.5) / side - left, (Math.floor(pixel / side) + 0.5) / side - top]
    return x >= 0 && x < width && y >= 0 && y < height
  })
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

function scoreNames(what: string, named: readonly Named[]): Score {
  const right = named.filter(({ answers }) => answers[0]!.right).length
  return { what, right, of: named.length, chance: percent(1 / kinds.length) }
}

function scoreSearches(searches: readonly Search[]): Score {
  const right = searches.filter(({ rank }) => rank === 1).length
  return {
    what: 'scenes found first by their caption',
    right,
    of: searches.length,
    chance: percent(1 / searches.length),
  }
}

function scoreLocated(located: readonly Located[]): Score {
  const things = located.flatMap(({ thing }) => thing ?? [])
  const share = things.reduce((sum, { share }) => sum + share, 0) / things.length
  const right = things.filter(({ hit }) => hit).length
  return { what: 'sentences that point at their thing', right, of: things.length, chance: percent(share) }
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
