import { beforeAll, describe, expect, it } from 'vitest'
import { tints } from '../icons/colors'
import { drawScene } from '../scenes/draw'
import { numberWord, pluralOf } from '../captions/grammar'
import { createIcons } from '../icons/icons'
import { kindOf } from '../icons/kinds'
import { sampleOf, type SplitName } from '../data-set/samples'
import type { SceneObject } from '../scenes/scene'

const side = 64
const icons = createIcons()
const samples = (['train', 'held-out-styles', 'held-out-emoji'] satisfies SplitName[]).flatMap((split) =>
  Array.from({ length: 400 }, (_, number) => sampleOf({ seed: 7, split, number })),
)
const sentences = samples.flatMap(({ scene, captions }) => captions.long.map((sentence) => ({ ...sentence, scene })))

/** Names of an object, longest first, as they stand in captions. */
function namesOf({ kind, count }: SceneObject): string[] {
  const names = kindOf(kind).names.filter(({ plural }) => count === 1 || !plural)
  return names.map(({ text }) => (count > 1 ? pluralOf(text) : text)).sort((a, b) => b.length - a.length)
}

/** Where a text speaks of an object, and which words stand before its name. */
function mentions(text: string, object: SceneObject) {
  const pattern = new RegExp(
    `(?:\\b(one|two|three) )?(?:\\b(small|little|tiny|medium-sized|large|big|huge) )?` +
      `(?:\\b(${tints.join('|')}) )?\\b(?:${namesOf(object).join('|')})(?![a-z-])`,
    'gi',
  )
  return [...text.matchAll(pattern)].map(({ index, 1: count, 2: size, 3: tint }) => ({ index, count, size, tint }))
}

const classes: Readonly<Record<SceneObject['size'], string[]>> = {
  small: ['small', 'little', 'tiny'],
  medium: ['medium-sized'],
  large: ['large', 'big', 'huge'],
}

/** Middle of what is seen of each object, in pixels. */
async function middles(number: number): Promise<readonly { x: number; y: number }[]> {
  const { scene } = samples[number]!
  const { mask } = await drawScene(scene, side, icons)
  return scene.objects.map((_, i) => {
    const places = Array.from(mask.data).flatMap((value, place) => (value === i + 1 ? [place] : []))
    const mean = (of: (place: number) => number) => places.reduce((sum, place) => sum + of(place), 0) / places.length
    return { x: mean((place) => place % side), y: mean((place) => Math.floor(place / side)) }
  })
}

describe('every caption', () => {
  it('uses the size, colour and number of the thing that it names', () => {
    let checked = 0
    for (const { scene, captions } of samples) {
      const texts = [captions.raw, captions.short, ...captions.long.map(({ text }) => text)]
      for (const object of scene.objects) {
        for (const { size, tint, count } of texts.flatMap((text) => mentions(text.toLowerCase(), object))) {
          checked++
          if (size) expect(classes[object.size]).toContain(size)
          if (tint) expect(object.tint).toBe(tint)
          if (count) expect(count).toBe(numberWord(object.count))
        }
      }
    }
    expect(checked).toBeGreaterThan(5000)
  })

  it('leaves no placeholder and no wrong article', () => {
    const texts = samples.flatMap(({ captions }) => [
      captions.raw,
      captions.short,
      ...captions.long.map(({ text }) => text),
    ])
    const wrong = /[{}]|undefined|\ba [aeio]|\ban [^aeiouh]|\b(?:a|an|some) (?:the|two|three|some)\b| {2}|\.\./i
    expect(texts.filter((text) => wrong.test(text))).toEqual([])
  })
})

describe('a short caption', () => {
  it('names every object', () => {
    for (const { scene, captions } of samples) {
      for (const object of scene.objects) expect(mentions(captions.short, object).length).toBeGreaterThan(0)
    }
  })
})

describe('a raw caption', () => {
  it('names one or two objects', () => {
    for (const { scene, captions } of samples) {
      const named = scene.objects.filter((object) => mentions(captions.raw, object).length > 0).length
      expect([1, 2]).toContain(named)
    }
  })
})

describe('a long caption', () => {
  it('has four to ten sentences, mostly five or more, and none twice', () => {
    const counts = samples.map(({ captions }) => captions.long.length)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(4)
    expect(Math.max(...counts)).toBeLessThanOrEqual(10)
    expect(counts.filter((count) => count >= 5).length).toBeGreaterThan(0.95 * counts.length)
    for (const { captions } of samples) {
      expect(new Set(captions.long.map(({ text }) => text)).size).toBe(captions.long.length)
    }
  })

  it('describes every object, and each sentence names its object', () => {
    for (const { scene, captions } of samples) {
      const about = captions.long.flatMap(({ object }) => (object === null ? [] : [object]))
      expect([...new Set(about)].sort()).toEqual(scene.objects.map((_, i) => i))
    }
    const nameless = sentences.filter(({ text, object, scene }) => {
      if (object === null) return false
      return mentions(text, scene.objects[object]!).length === 0
    })
    expect(nameless.map(({ text }) => text)).toEqual([])
  })

  it('says the size, colour or number of its object at the end', () => {
    let checked = 0
    for (const { text, object, scene } of sentences) {
      const subject = object === null ? undefined : scene.objects[object]!
      const end = /(?:is|are|looks?|drawn|painted|all|colored|only|in) ([a-z-]+)\.$/.exec(text)?.[1]
      if (!subject || !end) continue
      const size = Object.values(classes).find((words) => words.includes(end))
      if (size) expect(size).toBe(classes[subject.size])
      if ((tints as readonly string[]).includes(end)) expect(end).toBe(subject.tint)
      checked++
    }
    expect(checked).toBeGreaterThan(100)
  })
})

describe('places and neighbours', () => {
  let seen: readonly (readonly { x: number; y: number }[])[]
  beforeAll(async () => {
    seen = await Promise.all(samples.map((_, number) => middles(number)))
  })

  it('match the drawing', () => {
    let checked = 0
    for (const [number, { scene, captions }] of samples.entries()) {
      for (const { text, object } of captions.long) {
        if (object === null) continue
        const { x, y } = seen[number]![object]!
        const third = (value: number) => (value / side) * 3
        const corner = /\b(top|upper|bottom|lower) (left|right)\b/i.exec(text)
        const edge = /(?:at|near|in) the (top|upper|bottom|lower)(?: part|\.| there| one| is| are| in)/i.exec(text)
        const half = /\b(?:on|in) the (left|right)(?: side| part)?(?:\.| there| one| is| are)/i.exec(text)
        // The visible part of a thing may be off the middle of its box, by up to a quarter of a third.
        if (corner ?? edge) {
          const down = (corner ?? edge)![1]!
          if (/top|upper/.test(down)) expect(third(y), text).toBeLessThan(1.25)
          else expect(third(y), text).toBeGreaterThan(1.75)
        }
        const across = corner?.[2] ?? half?.[1]
        if (across === 'left') expect(third(x), text).toBeLessThan(1.25)
        if (across === 'right') expect(third(x), text).toBeGreaterThan(1.75)
        if (corner ?? edge ?? half) checked++
      }
      expect(scene.objects.length).toBe(seen[number]!.length)
    }
    expect(checked).toBeGreaterThan(500)
  })

  it('are related as the sentences say', () => {
    let checked = 0
    const relations: readonly [RegExp, (a: { x: number; y: number }, b: { x: number; y: number }) => boolean][] = [
      [/\b(?:to the |on the )?left of\b/i, (a, b) => a.x < b.x],
      [/\b(?:to the |on the )?right of\b/i, (a, b) => a.x > b.x],
      [/\b(?:above|over|higher than)\b/i, (a, b) => a.y < b.y],
      [/\b(?:below|under|lower than)\b/i, (a, b) => a.y > b.y],
    ]
    for (const [number, { scene, captions }] of samples.entries()) {
      for (const { text, object } of captions.long) {
        const relation = relations.find(([pattern]) => pattern.test(text))
        if (object === null || !relation) continue
        const others = scene.objects.flatMap((other, i) =>
          i !== object && mentions(text, other).length > 0 ? [i] : [],
        )
        expect(others, text).toHaveLength(1)
        expect(relation[1](seen[number]![object]!, seen[number]![others[0]!]!), text).toBe(true)
        checked++
      }
    }
    expect(checked).toBeGreaterThan(300)
  })
})
