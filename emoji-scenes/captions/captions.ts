/** The captions of a scene: raw, short and long. Everything they say is true. */
import type { Random } from 'dreamlip'
import { capitalised, listed, numberWord, pluralOf, withArticle } from './grammar'
import { kindOf } from '../icons/kinds'
import { backgroundPhrase, nounOf } from './phrases'
import { chance, pick, shuffled } from '../scenes/pick'
import { relationOf } from '../scenes/places'
import type { Scene, SceneObject } from '../scenes/scene'
import { colouring, counting, existence, extent, location, neighbourhood, surroundings } from './sentences'

/** A sentence of a long caption. */
export interface Sentence {
  readonly text: string
  /** The index of the object that it describes. Null if it describes the background or the whole scene. */
  readonly object: number | null
}

export interface Captions {
  /** Incomplete, like texts next to pictures on the web: "dog and red apple". */
  readonly raw: string
  /** One sentence that lists the objects. */
  readonly short: string
  readonly long: readonly Sentence[]
}

/** The fewest and the most sentences that a long caption aims for. */
const [fewest, most] = [5, 10]

export function captionsOf(scene: Scene, random: Random): Captions {
  return { raw: rawCaption(scene, random), short: shortCaption(scene, random), long: longCaption(scene, random) }
}

/** Captions that name the things and their colours, but not their places. One thing alone gets two sentences. */
export function nameCaptions({ objects }: Scene, random: Random): Captions {
  const nouns = () => shuffled(random, objects).map((object) => nounOf(random, object, { size: 0, tint: 0.6 }))
  const bare = nouns().map((noun) => noun.bare)
  const facts = (object: SceneObject): string[] => [
    existence(random, object),
    ...(objects.length === 1 ? [existence(random, object)] : []),
    ...(object.tint ? [colouring(random, object)] : []),
  ]
  return {
    raw: bare.join(chance(random, 0.5) ? ', ' : ' and '),
    short: `${capitalised(listed(nouns().map(({ a }) => a)))}.`,
    long: distinct(objects.flatMap((object, i) => facts(object).map((text) => ({ text, object: i })))),
  }
}

/** Names one or two of the things, and rarely their properties. */
function rawCaption({ objects, background }: Scene, random: Random): string {
  const named = shuffled(random, objects).slice(0, chance(random, 0.5) ? 1 : 2)
  const nouns = named.map((object) => nounOf(random, object, { size: 0.05, tint: 0.25 }))
  const bare = nouns.map((noun) => noun.bare)
  const templates = [
    () => bare.join(' and '),
    () => bare.join(', '),
    () => listed(nouns.map(({ a }) => a)),
    () => `${bare.join(' and ')} ${pick(random, ['emoji', 'icon', 'clip art', 'drawing', 'picture', 'cartoon'])}`,
    () =>
      `${pick(random, ['picture', 'drawing', 'image', 'illustration', 'photo'])} of ${listed(nouns.map(({ a }) => a))}`,
    () => `${bare.join(' and ')} ${backgroundPhrase(random, background)}`,
  ]
  return pick(random, templates)()
}

/** Lists everything once. */
function shortCaption({ objects, background }: Scene, random: Random): string {
  const things = listed(shuffled(random, objects).map((object) => nounOf(random, object, { size: 0.35, tint: 0.85 }).a))
  const where = chance(random, 0.7) ? ` ${backgroundPhrase(random, background)}` : ''
  const opening = pick(random, [
    '',
    '',
    'a picture of ',
    'a photo of ',
    'a drawing of ',
    'an image with ',
    'this picture shows ',
  ])
  return `${capitalised(`${opening}${things}${where}`)}.`
}

/** At least one sentence per thing, and mostly one about the background. Then more, if there is more to say. */
function longCaption(scene: Scene, random: Random): Sentence[] {
  const facts = scene.objects.map((_, i) => shuffled(random, factsOf(scene, i, random)))
  const background = surroundings(random, scene.background)
  const first: Sentence[] = [
    ...facts.map((own) => own[0]!),
    ...(chance(random, 0.85) ? [{ text: background, object: null }] : []),
  ]
  const further: Sentence[] = [
    ...facts.flatMap((own) => own.slice(1)),
    { text: groupSentence(scene.objects, random), object: null },
    { text: surroundings(random, scene.background), object: null },
  ]
  const length = fewest + Math.floor(random.uniform() * (most - fewest + 1))
  return shuffled(random, distinct([...first, ...shuffled(random, further)]).slice(0, length))
}

/** Sentences about one thing. In scenes of few things, two say that it is there and two where it is; other facts occur once. */
function factsOf(scene: Scene, index: number, random: Random): Sentence[] {
  const object = scene.objects[index]!
  const neighbours = scene.objects.flatMap((other) => {
    const relation = other === object ? undefined : relationOf(object.box, other.box)
    return relation ? [{ other, relation }] : []
  })
  const texts = [existence(random, object), location(random, object)]
  if (object.size !== 'medium' || chance(random, 0.3)) texts.push(extent(random, object))
  if (object.tint) texts.push(colouring(random, object))
  if (object.count > 1) texts.push(counting(random, object))
  for (const { other, relation } of shuffled(random, neighbours).slice(0, 2)) {
    texts.push(neighbourhood(random, object, other, relation))
  }
  if (scene.objects.length < 3) texts.push(existence(random, object), location(random, object))
  return texts.map((text) => ({ text, object: index }))
}

/** A sentence about the groups of the things: "There are two animals and a vehicle." */
function groupSentence(objects: readonly SceneObject[], random: Random): string {
  const counts = new Map<string, number>()
  for (const { kind, count } of objects) {
    const { group } = kindOf(kind)
    counts.set(group, (counts.get(group) ?? 0) + count)
  }
  const groups = [...counts].map(([group, count]) => nameGroup(group, count))
  const total = objects.length === 1 ? 'one kind of thing' : `${numberWord(objects.length)} kinds of things`
  const [[group, count]] = [...counts] as [[string, number]]
  const verb = count === 1 || group === 'food' ? 'is' : 'are'
  return pick(random, [
    `There ${verb} ${listed(groups)}.`,
    `The scene has ${listed(groups)}.`,
    `The picture shows ${listed(groups)}.`,
    `There ${objects.length === 1 ? 'is' : 'are'} ${total} in the picture.`,
  ])
}

function nameGroup(group: string, count: number): string {
  if (group === 'food') return 'some food'
  return count === 1 ? withArticle(group) : `${numberWord(count)} ${pluralOf(group)}`
}

function distinct(sentences: readonly Sentence[]): Sentence[] {
  return [...new Map(sentences.map((sentence) => [sentence.text, sentence])).values()]
}

/** The usual name of an object, without its properties: a label for segmentation and classification. */
export function labelOf(object: SceneObject): string {
  return kindOf(object.kind).names[0].text
}
