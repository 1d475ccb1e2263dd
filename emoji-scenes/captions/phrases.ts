/** Phrases of captions: what a thing is called, where it is, what the background is. The wording is random. */
import type { Random } from 'dreamlip'
import type { Background } from '../scenes/backgrounds'
import { numberWord, pluralOf, withArticle } from './grammar'
import { kindOf, type Name } from '../icons/kinds'
import { chance, pick } from '../scenes/pick'
import type { Place, Relation } from '../scenes/places'
import type { SceneObject, Size } from '../scenes/scene'
import { sceneries } from '../scenes/sceneries'

/** The noun for a thing, in the forms that captions need. */
export interface Noun {
  /** "a small blue cat", "two red apples", "some grapes". */
  readonly a: string
  /** "the small blue cat". */
  readonly the: string
  /** Without an article: "small blue cat". */
  readonly bare: string
  readonly plural: boolean
}

const sizeWords: Readonly<Record<Size, readonly string[]>> = {
  small: ['small', 'little', 'tiny'],
  medium: ['medium-sized'],
  large: ['large', 'big', 'huge'],
}

export function sizeWord(random: Random, size: Size): string {
  return pick(random, sizeWords[size])
}

/** A size word after a verb: "The dog is little" sounds wrong. */
export function sizeAfterVerb(random: Random, size: Size): string {
  return pick(
    random,
    sizeWords[size].filter((word) => word !== 'little'),
  )
}

/** The probabilities that a noun names the thing's size and tint. */
export interface Attributes {
  readonly size: number
  readonly tint: number
}

/** The usual name or, less often, a synonym. For several things, a name that can be counted. */
export function nameOf(random: Random, object: SceneObject): Name {
  const names = kindOf(object.kind).names.filter(({ plural }) => object.count === 1 || !plural)
  return chance(random, 0.6) ? names[0]! : pick(random, names)
}

export function nounOf(random: Random, object: SceneObject, attributes: Attributes): Noun {
  const name = nameOf(random, object)
  const size = object.size !== 'medium' && chance(random, attributes.size) ? [sizeWord(random, object.size)] : []
  const tint = object.tint && chance(random, attributes.tint) ? [object.tint] : []
  const several = object.count > 1
  const words = [...size, ...tint, several ? pluralOf(name.text) : name.text].join(' ')
  if (several) {
    const counted = `${numberWord(object.count)} ${words}`
    return { a: counted, the: `the ${counted}`, bare: counted, plural: true }
  }
  return {
    a: name.plural ? `some ${words}` : withArticle(words),
    the: `the ${words}`,
    bare: words,
    plural: name.plural,
  }
}

const corners = (row: string, synonym: string, column: string) => [
  `in the ${row} ${column} corner`,
  `in the ${row} ${column}`,
  `at the ${row} ${column}`,
  `in the ${synonym} ${column}`,
  `in the ${synonym} ${column} corner`,
]
const placePhrases: Readonly<Record<Place, readonly string[]>> = {
  'top left': corners('top', 'upper', 'left'),
  'top right': corners('top', 'upper', 'right'),
  'bottom left': corners('bottom', 'lower', 'left'),
  'bottom right': corners('bottom', 'lower', 'right'),
  top: ['at the top', 'at the top in the middle', 'in the upper part', 'near the top'],
  bottom: ['at the bottom', 'at the bottom in the middle', 'in the lower part', 'near the bottom'],
  left: ['on the left', 'on the left side', 'in the left part', 'halfway up on the left'],
  right: ['on the right', 'on the right side', 'in the right part', 'halfway up on the right'],
  centre: ['in the middle', 'in the centre', 'in the middle of the picture', 'at the center'],
}

export function placePhrase(random: Random, place: Place): string {
  return pick(random, placePhrases[place])
}

const relationPhrases: Readonly<Record<Relation, readonly string[]>> = {
  left: ['to the left of', 'left of', 'on the left of'],
  right: ['to the right of', 'right of', 'on the right of'],
  above: ['above', 'over', 'higher than'],
  below: ['below', 'under', 'lower than'],
}

export function relationPhrase(random: Random, relation: Relation): string {
  return pick(random, relationPhrases[relation])
}

/** For the end of a list of things: "on a green background". */
export function backgroundPhrase(random: Random, background: Background): string {
  if (background.pattern === 'scenery') return pick(random, sceneries[background.scenery].where)
  const [a, b] = background.colors
  switch (background.pattern) {
    case 'plain':
      return pick(random, [
        `on ${withArticle(`${a} background`)}`,
        `on ${a}`,
        `in front of ${withArticle(`${a} wall`)}`,
      ])
    case 'gradient':
      return pick(random, [`on a gradient from ${a} to ${b}`, `on a background that fades from ${a} to ${b}`])
    case 'stripes':
      return pick(random, [`on ${a} and ${b} stripes`, `on a background striped in ${a} and ${b}`])
    case 'dots':
      return pick(random, [`on ${withArticle(`${a} background with ${b} dots`)}`, `on ${a} with ${b} dots`])
    case 'checks':
      return pick(random, [`on ${withArticle(`${a} and ${b} checkered background`)}`, `on ${a} and ${b} checks`])
  }
}
