/** Kinds whose names say their colour. */
import { colorsIn } from './colors'
import type { Kind } from './kinds'

/** Whether a name of the kind contains a colour: "red apple". Such a kind keeps its colours. */
export function hasColorInName({ names }: Kind): boolean {
  return names.some(({ text }) => colorsIn(text).length > 0)
}
