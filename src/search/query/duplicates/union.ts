/** Sets of numbers that are joined step by step (union-find). */

export interface Union {
  /** The number that stands for the set of a number. */
  find(number: number): number
  join(a: number, b: number): void
  /** The sets with several numbers, each in ascending order, in the order of their first numbers. */
  components(): number[][]
}

/** Each of the numbers from 0 to `count` − 1 is a set of its own at first. */
export function createUnion(count: number): Union {
  const parents = Int32Array.from({ length: count }, (_, i) => i)
  const find = (number: number) => {
    let at = number
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]! // halves the way for the next call
    return at
  }
  return {
    find,
    join(a, b) {
      const [rootA, rootB] = [find(a), find(b)]
      parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB)
    },
    components() {
      const sets = new Map<number, number[]>()
      for (let number = 0; number < count; number++) {
        const root = find(number)
        const set = sets.get(root)
        if (set) set.push(number)
        else sets.set(root, [number])
      }
      return [...sets.values()].filter((set) => set.length > 1)
    },
  }
}
