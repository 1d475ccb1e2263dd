/** Boxes in a picture: in which of nine places a box is, and how two boxes relate. */

/** Measured from the left and top edge, as fractions of the picture's side. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The picture is divided into thirds, across and down. */
const places = [
  'top left',
  'top',
  'top right',
  'left',
  'centre',
  'right',
  'bottom left',
  'bottom',
  'bottom right',
] as const

export type Place = (typeof places)[number]

export type Relation = 'left' | 'right' | 'above' | 'below'

/** A centre this close to the border between two thirds is in neither. */
const margin = 0.025

/** The place of the box's centre, or `undefined` if it is ambiguous. */
export function placeOf(box: Box): Place | undefined {
  const column = thirdOf(box.left + box.width / 2)
  const row = thirdOf(box.top + box.height / 2)
  return column === undefined || row === undefined ? undefined : places[row * 3 + column]
}

function thirdOf(middle: number): number | undefined {
  const nearBorder = Math.min(Math.abs(middle - 1 / 3), Math.abs(middle - 2 / 3)) < margin
  return nearBorder ? undefined : Math.min(2, Math.floor(middle * 3))
}

/** Where `a` is, seen from `b`: clearly beside, above or below it. `undefined` if they are diagonal to each other. */
export function relationOf(a: Box, b: Box): Relation | undefined {
  const across = a.left + a.width / 2 - (b.left + b.width / 2)
  const down = a.top + a.height / 2 - (b.top + b.height / 2)
  const gapAcross = Math.max(a.left - b.left - b.width, b.left - a.left - a.width)
  const gapDown = Math.max(a.top - b.top - b.height, b.top - a.top - a.height)
  if (gapAcross > -0.05 && Math.abs(across) > 1.5 * Math.abs(down)) return across < 0 ? 'left' : 'right'
  if (gapDown > -0.05 && Math.abs(down) > 1.5 * Math.abs(across)) return down < 0 ? 'above' : 'below'
  return undefined
}

/** Whether two boxes are neighbours: less than a tenth of the picture's side apart. */
export function areNear(a: Box, b: Box): boolean {
  const across = Math.max(0, a.left - b.left - b.width, b.left - a.left - a.width)
  const down = Math.max(0, a.top - b.top - b.height, b.top - a.top - a.height)
  return Math.hypot(across, down) < 0.1
}

/** The share of the smaller box that the other one covers. */
export function overlap(a: Box, b: Box): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  if (across <= 0 || down <= 0) return 0
  return (across * down) / Math.min(a.width * a.height, b.width * b.height)
}
