/** Kinds whose names say their colour. */
import { colorsIn } from './colors'
import type { Kind } from './kinds'

/** The colours in the names of a kind: "red apple". Such a kind keeps its colours. */
export function colorsInNames({ names }: Kind): string[] {
  return names.flatMap(({ text }) => colorsIn(text))
}
