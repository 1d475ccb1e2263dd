/** The class names and prompts for evaluating a published data set. */

export interface ClassList {
  /** The names that go into the prompts, in the order of the data set's labels. */
  readonly classes: readonly string[]
  /** The data set's own names of the classes, such as folder names. Left out if they equal `classes`. */
  readonly keys?: readonly string[]
  /** Prompts with `{}` for the name of a class. */
  readonly templates: readonly string[]
}

/** The names in a text, separated by semicolons. */
export function namesIn(text: string): string[] {
  return text.trim().split(/;\s+/)
}

/** The classes of a list with these keys, in the order of the list. */
export function selectClasses(list: ClassList, keys: readonly string[]): ClassList {
  const wanted = new Set(keys)
  const indices = list.classes.flatMap((_, i) => (wanted.has(list.keys![i]!) ? [i] : []))
  return {
    classes: indices.map((i) => list.classes[i]!),
    keys: indices.map((i) => list.keys![i]!),
    templates: list.templates,
  }
}
