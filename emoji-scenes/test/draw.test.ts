import { describe, expect, it } from 'vitest'
import { colors, tints } from '../icons/colors'
import { drawScene } from '../scenes/draw'
import { createIcons } from '../icons/icons'
import { heldOutKinds, kinds } from '../icons/kinds'
import { sampleOf } from '../data-set/samples'
import { singleEmoji, type Scene } from '../scenes/scene'
import { iconsOf, heldOutStyles } from '../icons/styles'

const icons = createIcons()
const scenes = Array.from({ length: 30 }, (_, number) => sampleOf({ seed: 1, split: 'validation', number }).scene)

/** Places where two drawings differ. */
function differences(a: ArrayLike<number>, b: ArrayLike<number>, channels: number): Set<number> {
  const places = new Set<number>()
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) places.add(Math.floor(i / channels))
  return places
}

const placesOf = (mask: ArrayLike<number>, value: number) =>
  Array.from(mask).flatMap((at, place) => (at === value ? [place] : []))

describe('a drawing', () => {
  it('is the same each time', async () => {
    const first = await drawScene(scenes[0]!, 64, icons)
    const again = await drawScene(scenes[0]!, 64, createIcons())
    expect(again).toEqual(first)
  })

  it.each([64, 96])('has the asked size: %i', async (side) => {
    const { image, mask } = await drawScene(scenes[0]!, side, icons)
    expect([image.width, image.height, image.channels, image.data.length]).toEqual([side, side, 3, side * side * 3])
    expect([mask.width, mask.height, mask.channels, mask.data.length]).toEqual([side, side, 1, side * side])
  })

  it('matches its mask: without an object, only its pixels and its edge change', async () => {
    for (const scene of scenes) {
      const { image, mask } = await drawScene(scene, 64, icons)
      const last = scene.objects.length
      const without = await drawScene({ ...scene, objects: scene.objects.slice(0, -1) }, 64, icons)
      const changed = differences(image.data, without.image.data, 3)
      const own = placesOf(mask.data, last)
      expect(own.length).toBeGreaterThan(20)
      // A pixel may happen to have the background's very colour.
      expect(own.filter((place) => changed.has(place)).length).toBeGreaterThan(0.95 * own.length)
      const near = (place: number) =>
        [-65, -64, -63, -1, 0, 1, 63, 64, 65].some((step) => mask.data[place + step] === last)
      expect([...changed].filter((place) => !near(place)).length).toBeLessThan(0.1 * own.length + 10)
    }
  })

  it('keeps every object visible and inside its box', async () => {
    for (const scene of scenes) {
      const { mask } = await drawScene(scene, 100, icons)
      for (const [i, { box, count }] of scene.objects.entries()) {
        const places = placesOf(mask.data, i + 1)
        const [xs, ys] = [places.map((place) => place % 100), places.map((place) => Math.floor(place / 100))]
        expect(Math.min(...xs)).toBeGreaterThanOrEqual(Math.floor(100 * box.left) - 1)
        expect(Math.max(...xs)).toBeLessThanOrEqual(Math.ceil(100 * (box.left + box.width)) + 1)
        expect(Math.min(...ys)).toBeGreaterThanOrEqual(Math.floor(100 * box.top) - 1)
        expect(Math.max(...ys)).toBeLessThanOrEqual(Math.ceil(100 * (box.top + box.height)) + 1)
        expect(places.length / count).toBeGreaterThan(0.05 * (100 * box.height) ** 2)
      }
    }
  })

  it('draws a thing as often as its count says', async () => {
    const scene = singleEmoji({ kind: 'red-circle', style: 'noto', code: '1f534' })
    const row: Scene = {
      ...scene,
      objects: [{ ...scene.objects[0]!, count: 3, box: { left: 0.1, top: 0.4, width: 0.8, height: 0.8 / 3 } }],
    }
    const { mask } = await drawScene(row, 90, icons)
    const middle = Array.from(mask.data.slice(Math.round(90 * (0.4 + 0.4 / 3)) * 90).slice(0, 90))
    expect(middle.filter((value, x) => value === 1 && middle[x - 1] !== 1)).toHaveLength(3)
  })
})

describe('a tint', () => {
  it.each(tints)('makes things plainly %s', async (tint) => {
    const scene = singleEmoji({ kind: 'dog', style: 'twemoji', code: '1f415' })
    const { image, mask } = await drawScene({ ...scene, objects: [{ ...scene.objects[0]!, tint }] }, 64, icons)
    const places = placesOf(mask.data, 1)
    const mean = [0, 1, 2].map(
      (c) => places.reduce((sum, place) => sum + image.data[place * 3 + c]!, 0) / places.length,
    )
    const distance = (name: keyof typeof colors) => Math.hypot(...mean.map((value, c) => value - colors[name][c]!))
    expect([...tints].sort((a, b) => distance(a) - distance(b))[0]).toBe(tint)
  })
})

describe('a single emoji', () => {
  it('can be drawn for every held-out kind and others, in held-out styles', async () => {
    for (const kind of [...heldOutKinds, ...kinds.filter((_, i) => i % 10 === 0)]) {
      for (const style of heldOutStyles) {
        const [code] = iconsOf(style, kind)
        const { mask } = await drawScene(singleEmoji({ kind: kind.key, style, code: code! }), 32, icons)
        expect(placesOf(mask.data, 1).length, `${kind.key} in ${style}`).toBeGreaterThan(20)
      }
    }
  })
})
