/** Counts in messages. */

/** A count with its noun: `1 image`, `2 images`, `0 images`. @param many the plural, if it is not the noun with an s */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
