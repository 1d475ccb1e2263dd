import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { drawOnWhite } from '../comparison/draw-on-white'
import { kindOfTitle, listDrawings, oneForEachTitle, openclipartFolder, titleOf } from '../openclipart/drawings'

describe('the title of a drawing', () => {
  it.each([
    ['<dc:title>Clipart by Nicu Buculei - birthday_cake</dc:title>', 'birthday cake'],
    ['<dc:title id="t">Bus1</dc:title>', 'bus'],
    ['<dc:title/>', ''],
    ['<svg/>', ''],
  ])('%s', (svg, title) => {
    expect(titleOf(svg)).toBe(title)
  })

  it.each([
    ['acoustic guitar', 'guitar'],
    ['bunny', 'rabbit'],
    ['t shirt', 'shirt'],
    ['guitar player', undefined],
    ['hot dog', 'dog'], // a title is a hint, not a truth
  ])('“%s” names %s', (title, key) => {
    expect(kindOfTitle(title)?.key).toBe(key)
  })

  it('is kept once, for the first drawing', () => {
    const drawings = ['a', 'b', 'a'].map((title, i) => ({ title, path: String(i) }))
    expect(
      oneForEachTitle(drawings)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['0', '1'])
  })
})

const isHere = existsSync(openclipartFolder)
if (!isHere) console.log('Skipped: the drawings of openclipart (Debian: apt-get install openclipart-svg).')

describe.skipIf(!isHere)('Debian’s drawings', () => {
  it('are found and drawn as squares on white', async () => {
    const drawings = listDrawings(openclipartFolder)
    expect(drawings.length).toBeGreaterThan(7000)
    const image = (await drawOnWhite(drawings[0]!.path, 40))!
    expect([image.width, image.height, image.data.length]).toEqual([40, 40, 4800])
    expect([...image.data.slice(0, 3)]).toEqual([255, 255, 255])
  })
})
