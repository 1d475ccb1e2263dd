/** Looks: how drawings are changed for training. */
import { describe, expect, it } from 'vitest'
import { createRandom } from 'dreamlip'
import { colors } from '../icons/colors'
import { createIcons } from '../icons/icons'
import { kindOf, trainKinds } from '../icons/kinds'
import { createLook } from '../icons/looks'
import { colorStyles, heldOutStyles, iconsOf, iconSVG, inkStyles, isInk } from '../icons/styles'
import { sampleOf } from '../data-set/samples'
import { applyLook } from '../scenes/apply-look'
import { drawScene } from '../scenes/draw'

const icons = createIcons()
const plain = { turn: 0, stretch: 1 }
const dog = await icons('noto', '1f415')

/** The mean colour of visible pixels. */
function meanColor({ data }: { data: Uint8Array }): number[] {
  const sums = [0, 0, 0, 0]
  for (let at = 0; at < data.length; at += 4) for (let c = 0; c < 4; c++) sums[c]! += data[at + c]!
  return sums.slice(0, 3).map((sum) => (255 * sum) / sums[3]!)
}

describe('a look', () => {
  it('that changes nothing leaves the icon as it is', () => {
    expect(applyLook(dog, plain)).toEqual(dog)
  })

  it('keeps pixels premultiplied: no colour is stronger than its alpha', () => {
    const random = createRandom(3)
    for (let i = 0; i < 40; i++) {
      const { data } = applyLook(dog, createLook(random, { ink: i % 2 === 0, keepColors: false }))
      for (let at = 0; at < data.length; at += 4) {
        const strongest = Math.max(data[at]!, data[at + 1]!, data[at + 2]!)
        if (strongest > data[at + 3]! + 2) throw new Error(`Pixel ${at / 4}: ${strongest} of alpha ${data[at + 3]}.`)
      }
    }
  })

  it('in ink has the colour of the ink, and a filling only where the drawing encloses it', async () => {
    const ring = await icons('tabler', 'egg')
    const inked = applyLook(ring, { ...plain, ink: colors.red })
    expect(meanColor(inked).map(Math.round)).toEqual([...colors.red])
    const filled = applyLook(ring, { ...plain, ink: colors.red, filling: colors.white })
    const alphaAt = ({ data, width, height }: typeof ring, x: number, y: number) =>
      data[(Math.floor(y * (height - 1)) * width + Math.floor(x * (width - 1))) * 4 + 3]
    expect([alphaAt(inked, 0, 0), alphaAt(filled, 0, 0)]).toEqual([0, 0])
    const opaque = ({ data }: typeof ring) => data.filter((value, i) => i % 4 === 3 && value > 200).length
    expect(opaque(filled)).toBeGreaterThan(2 * opaque(inked))
  })

  it('without saturation is grey', () => {
    const grey = applyLook(dog, { ...plain, palette: { hue: 0, saturation: 0, contrast: 1, lightness: 0 } })
    const [r, g, b] = meanColor(grey)
    expect(Math.abs(r! - g!)).toBeLessThan(1)
    expect(Math.abs(g! - b!)).toBeLessThan(1)
  })

  it('turned by a quarter swaps width and height; stretched keeps the area', () => {
    const quarter = applyLook(dog, { ...plain, turn: Math.PI / 2 })
    expect(Math.abs(quarter.width - dog.height)).toBeLessThanOrEqual(1)
    expect(Math.abs(quarter.height - dog.width)).toBeLessThanOrEqual(1)
    const stretched = applyLook(dog, { ...plain, stretch: 1.5 })
    expect((stretched.width * stretched.height) / (dog.width * dog.height)).toBeCloseTo(1, 1)
    expect(stretched.width / stretched.height / (dog.width / dog.height)).toBeCloseTo(1.5, 1)
  })

  it('with a line adds it around the drawing', () => {
    const lined = applyLook(dog, { ...plain, line: { color: [0, 0, 0], width: 3 } })
    expect([lined.width, lined.height]).toEqual([dog.width + 6, dog.height + 6])
    const alphas = ({ data }: typeof dog) => data.reduce((sum, value, i) => sum + (i % 4 === 3 ? value : 0), 0)
    expect(alphas(lined)).toBeGreaterThan(alphas(dog) * 1.05)
  })

  it('with a line on paper is a drawing to be coloured in', () => {
    const line = { color: [0, 0, 0], width: 2 } as const
    const own = applyLook(dog, { ...plain, line })
    const paper = applyLook(dog, { ...plain, line: { ...line, paper: [255, 255, 255] } })
    const alphas = ({ data }: typeof dog) => data.filter((_, i) => i % 4 === 3)
    expect(alphas(paper)).toEqual(alphas(own))
    const [r, g, b] = meanColor(paper)
    expect([r, g]).toEqual([g, b]) // no colour is left
    expect(r).toBeGreaterThan(meanColor(own)[0]!)
  })
})

describe('icons of the font', () => {
  it('are glyphs in black, for every kind that is not named after a colour', () => {
    const missing = trainKinds.filter((kind) => iconsOf('noto-emoji', kind).length === 0)
    expect(missing.map(({ key }) => key).filter((key) => !/^\w+-(apple|book|heart|circle|square)$/.test(key))).toEqual(
      [],
    )
    expect(iconsOf('noto-emoji', kindOf('dog'))).toEqual(['1f415', '1f436'])
  })

  it('are drawn upright, and unknown or joined code points are not there', async () => {
    const wine = await icons('noto-emoji', '1f377') // wide above, a thin stem below
    const opaque = (from: number, to: number) =>
      wine.data.filter(
        (value, i) => i % 4 === 3 && i >= from * wine.data.length && i < to * wine.data.length && value > 0,
      ).length
    expect(opaque(0, 0.4)).toBeGreaterThan(opaque(0.55, 0.8))
    expect(meanColor(wine)).toEqual([0, 0, 0])
    for (const code of ['10ffff', '1f415-200d-1f9ba', '']) expect(iconSVG('noto-emoji', code), code).toBeUndefined()
  })
})

describe('icons that are found by name', () => {
  it.each([
    ['mdi', 'dog', ['dog', 'dog-side']],
    ['lucide', 'fish', ['fish']],
    ['tabler', 'ear-of-corn', []],
    ['mdi', 'mouse', []], // the pointing device
    ['mingcute', 'rooster', []], // a drumstick
    ['mdi', 'red-apple', []], // ink is not red
  ] as const)('%s: %s', (style, key, names) => {
    expect(iconsOf(style, kindOf(key)).filter((name) => !name.includes('outline'))).toEqual(names)
  })

  it('can all be drawn', () => {
    for (const style of [...colorStyles, ...inkStyles]) {
      for (const key of ['dog', 'fish', 'star', 'house', 'car']) {
        for (const icon of iconsOf(style, kindOf(key)))
          expect(iconSVG(style, icon), `${style}/${icon}`).toContain('<svg')
      }
    }
  })
})

describe('the splits of many styles', () => {
  const samples = Array.from({ length: 1500 }, (_, number) => sampleOf({ seed: 0, split: 'varied', number }))

  it('show no held-out kind or style, and all others', () => {
    const objects = samples.flatMap(({ scene }) => scene.objects)
    expect(objects.filter(({ kind }) => kindOf(kind).heldOut)).toEqual([])
    const styles = new Set(objects.map(({ style }) => style))
    expect([...styles].sort()).toEqual([...colorStyles, ...inkStyles].sort())
    expect(heldOutStyles.some((style) => styles.has(style))).toBe(false)
    const ink = objects.filter(({ style }) => isInk(style)).length / objects.length
    expect(ink).toBeGreaterThan(0.15)
    expect(ink).toBeLessThan(0.4)
  })

  it('name what a close-up shows, and nothing else', () => {
    for (let number = 0; number < 300; number++) {
      const { scene, captions } = sampleOf({ seed: 0, split: 'varied', number: 5 * number + 4 })
      expect(scene.objects).toHaveLength(1)
      const { names } = kindOf(scene.objects[0]!.kind)
      for (const text of [captions.raw, captions.short, ...captions.long.map(({ text }) => text)]) {
        expect(
          names.some((name) => text.toLowerCase().includes(name.text.toLowerCase())),
          text,
        ).toBe(true)
      }
    }
  })

  it('are drawn the same each time', async () => {
    const { scene } = samples[0]!
    expect(await drawScene(scene, 48, createIcons())).toEqual(await drawScene(scene, 48, icons))
  })
})
