/** Finds a class by its name in a data set: the name of a folder, or a word in a list. */
import type { ClassList } from '../classes/class-list'

/** Returns the index of a class, or undefined for a name that no class has. */
export type FindClass = (name: string) => number | undefined

/** Upper and lower case do not matter, nor does punctuation between words: `Red_velvet-cake` is the class `red velvet cake`. */
export function classFinder({ classes, keys = [] }: Pick<ClassList, 'classes' | 'keys'>): FindClass {
  const places = new Map<string, number>()
  // A name of several classes is ambiguous; their keys differ.
  const repeated = new Set(classes.filter((name, i) => classes.indexOf(name) !== i))
  classes.forEach((name, i) => {
    if (!repeated.has(name)) places.set(plain(name), i)
  })
  keys.forEach((key, i) => places.set(plain(key), i))
  return (name) => places.get(plain(name))
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
