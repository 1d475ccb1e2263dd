/**
 * Sentences, each about one fact, from templates. In a template, `{a}` and `{the}` are the thing with its article, and `{is}`,
 * `{lies}`, … are verbs that agree with it. `{A}` and `{The}` begin a sentence. Every sentence names its thing, because each is
 * used alone.
 */
import type { Random } from 'dreamlip'
import type { Background } from '../scenes/backgrounds'
import { capitalised, numberWord, pluralOf, withArticle } from './grammar'
import {
  nameOf,
  nounOf,
  placePhrase,
  relationPhrase,
  sizeAfterVerb,
  sizeWord,
  type Attributes,
  type Noun,
} from './phrases'
import { pick } from '../scenes/pick'
import { areNear, type Relation } from '../scenes/places'
import type { SceneObject } from '../scenes/scene'
import { sceneries } from '../scenes/sceneries'

const often: Attributes = { size: 0.25, tint: 0.6 }

/** Says that the thing is there. */
export function existence(random: Random, object: SceneObject): string {
  const templates = [
    'There {is} {a}.',
    'There {is} {a} in the picture.',
    '{A} {is} in the picture.',
    'The picture shows {a}.',
    'One can see {a}.',
    'We see {a} here.',
    '{A} can be seen.',
    'Here {is} {a}.',
    '{A} {is} part of the scene.',
    'The image contains {a}.',
    '{A} {appears} in the scene.',
  ]
  return fill(pick(random, templates), nounOf(random, object, often))
}

/** Says where it is. */
export function location(random: Random, object: SceneObject): string {
  const templates = [
    '{A} {is} {place}.',
    '{The} {is} {place}.',
    '{Place} there {is} {a}.',
    'There {is} {a} {place}.',
    '{Place} one can see {a}.',
    '{A} {sits} {place}.',
    '{A} {is} placed {place}.',
    '{The} can be found {place}.',
    '{A} {appears} {place}.',
    '{Place} {is} {a}.',
  ]
  const place = placePhrase(random, object.place)
  return fill(pick(random, templates), nounOf(random, object, often), { place, Place: capitalised(place) })
}

/** Says how large it is. */
export function extent(random: Random, object: SceneObject): string {
  const general = [
    '{The} {is} {size}.',
    '{The} {looks} {size}.',
    '{The} {is} drawn {size}.',
    'The picture has {sized}.',
  ]
  const templates = {
    small: [...general, '{The} {takes} up little space.', '{The} {is} only small.'],
    medium: ['{The} {is} of medium size.', '{The} {is} neither big nor small.', '{The} {is} {size}.'],
    large: [...general, '{The} {takes} up much space.', '{The} {fills} a large part of the picture.'],
  }
  const adjective = sizeWord(random, object.size)
  const noun = nounOf(random, object, { size: 0, tint: 0.4 })
  const sized = object.count > 1 ? `${adjective} ${noun.bare.replace(/^\w+ /, '')}` : `${adjective} ${noun.bare}`
  const indefinite = noun.plural
    ? object.count > 1
      ? `${numberWord(object.count)} ${sized}`
      : `some ${sized}`
    : withArticle(sized)
  return fill(pick(random, templates[object.size]), noun, {
    size: sizeAfterVerb(random, object.size),
    sized: indefinite,
  })
}

/** Says its colour, if that is not the usual one. */
export function colouring(random: Random, object: SceneObject): string {
  const templates = [
    '{The} {is} {color}.',
    '{The} {is} all {color}.',
    '{The} {has} been painted {color}.',
    'The color of {the} is {color}.',
    '{The} {is} colored {color}.',
    '{The} {is} drawn in {color}.',
  ]
  return fill(pick(random, templates), nounOf(random, object, { size: 0.25, tint: 0 }), { color: object.tint! })
}

/** Says how many there are. */
export function counting(random: Random, object: SceneObject): string {
  const name = nameOf(random, { ...object, tint: undefined })
  const things = pluralOf(name.text)
  const templates = [
    'There are {count} {things} side by side.',
    '{Count} {things} stand in a row.',
    'The picture shows a row of {count} {things}.',
    'One can count {count} {things}.',
    'There are exactly {count} {things}.',
    '{Count} {things} are next to each other.',
  ]
  const count = numberWord(object.count)
  return fillWords(pick(random, templates), { count, Count: capitalised(count), things })
}

/** Says where it is relative to another thing. */
export function neighbourhood(random: Random, object: SceneObject, other: SceneObject, relation: Relation): string {
  const noun = nounOf(random, object, { size: 0.15, tint: 0.4 })
  const { a: b, the: theOther } = nounOf(random, other, { size: 0.15, tint: 0.4 })
  const templates = [
    '{A} {is} {relation} {b}.',
    '{A} {is} {relation} {theOther}.',
    '{The} {is} {relation} {theOther}.',
    '{Relation} {theOther} there {is} {a}.',
    '{Relation} {theOther} {is} {a}.',
    '{A} {sits} {relation} {b}.',
    'There {is} {a} {relation} {theOther}.',
    '{The} {appears} {relation} {b}.',
  ]
  const near = ['next to', 'beside', 'close to', 'near']
  const words =
    areNear(object.box, other.box) && random.uniform() < 0.3 ? pick(random, near) : relationPhrase(random, relation)
  return fill(pick(random, templates), noun, { b, theOther, relation: words, Relation: capitalised(words) })
}

/** Describes the background. */
export function surroundings(random: Random, background: Background): string {
  if (background.pattern === 'scenery') return pick(random, sceneries[background.scenery].sentences)
  const [a, b = a] = background.colors
  const templates = {
    plain: [
      'The background is {a}.',
      'The background is plain {a}.',
      'Everything lies on {aBackground}.',
      'The picture has {aBackground}.',
      'Behind everything it is {a}.',
      '{Upper} fills the background.',
    ],
    gradient: [
      'The background fades from {a} {start} to {b} {end}.',
      'The background blends {a} into {b}.',
      'The background is a gradient of {a} and {b}.',
      'It is {a} {start} and {b} {end}.',
    ],
    stripes: [
      'The background has {a} and {b} stripes.',
      'The background is striped in {a} and {b}.',
      'Behind everything are {direction} stripes of {a} and {b}.',
      '{Upper} and {b} stripes fill the background.',
    ],
    dots: [
      'The background is {a} with {b} dots.',
      '{B} dots cover a background of {a}.',
      'Behind everything are {b} dots on {a}.',
      'The background has {b} dots on {a}.',
    ],
    checks: [
      'The background has {a} and {b} checks.',
      'The background is a checkered pattern of {a} and {b}.',
      'Behind everything are {a} and {b} checks like on a chess board.',
      '{Upper} and {b} checks fill the background.',
    ],
  }
  const upright = background.pattern !== 'plain' && background.upright
  return fillWords(pick(random, templates[background.pattern]), {
    a,
    b,
    B: capitalised(b),
    Upper: capitalised(a),
    aBackground: withArticle(`${a} background`),
    start: upright ? 'at the top' : 'on the left',
    end: upright ? 'at the bottom' : 'on the right',
    direction: upright ? 'vertical' : 'horizontal',
  })
}

function fill(template: string, noun: Noun, words: Readonly<Record<string, string>> = {}): string {
  const verb = (one: string, many: string) => (noun.plural ? many : one)
  return fillWords(template, {
    a: noun.a,
    A: capitalised(noun.a),
    the: noun.the,
    The: capitalised(noun.the),
    is: verb('is', 'are'),
    has: verb('has', 'have'),
    sits: verb('sits', 'sit'),
    looks: verb('looks', 'look'),
    takes: verb('takes', 'take'),
    fills: verb('fills', 'fill'),
    appears: verb('appears', 'appear'),
    ...words,
  })
}

function fillWords(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => words[name]!)
}
