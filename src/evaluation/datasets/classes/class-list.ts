/** Class names and prompts that a published data set is evaluated with. */

export interface ClassList {
  /** The names that go into the prompts, in the order of the data set's labels. */
  readonly classes: readonly string[]
  /** What the data set itself calls each class, such as the name of its folder. Left out where `classes` says the same. */
  readonly keys?: readonly string[]
  /** Prompts with `{}` for the name of a class. */
  readonly templates: readonly string[]
}

/** The names in a text in which semicolons separate them. */
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
