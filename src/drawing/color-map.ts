/** The colours of a heat map: viridis, whose lightness grows evenly from low to high, also for colour-blind eyes and in gray print. */

import { checkList, checkNumber, wrongArgument } from '../check-arguments'

/** Red, green and blue, 0 to 255. */
export type Color = readonly [number, number, number]

/** Every fifteenth of viridis' 256 colours: data of matplotlib by Nathaniel Smith, Stéfan van der Walt and Eric Firing (CC0). */
const viridis = (
  '440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e ' +
  '1f978b 21a585 2eb37c 46c06f 65cb5e 89d548 b0dd2f d8e219 fde725'
)
  .split(' ')
  .map(parseColor)

/** The colour of a value from 0 (dark violet) to 1 (yellow); values beyond are clamped. @throws DreamLIPError `INVALID_ARGUMENT` for NaN */
export function heatColor(value: number): Color {
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrongArgument('value', 'a number from 0 to 1', value)
  const at = Math.min(1, Math.max(0, value)) * (viridis.length - 1)
  const below = Math.min(Math.floor(at), viridis.length - 2)
  const [low, high] = [viridis[below]!, viridis[below + 1]!]
  const channel = (c: 0 | 1 | 2) => low[c] + (at - below) * (high[c] - low[c])
  return [channel(0), channel(1), channel(2)]
}

/** A colour as CSS's `#rrggbb`. @throws DreamLIPError `INVALID_ARGUMENT` unless it is three numbers from 0 to 255 */
export function hexColor(color: Color): string {
  if (checkList('color', color, 'an array of red, green and blue').length !== 3)
    throw wrongArgument('color', 'an array of red, green and blue', color)
  color.forEach((value, i) => checkNumber(`color[${i}]`, value, { least: 0, most: 255 }))
  return `#${color.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`
}

function parseColor(hex: string): Color {
  const channel = (at: number) => parseInt(hex.slice(at, at + 2), 16)
  return [channel(0), channel(2), channel(4)]
}
