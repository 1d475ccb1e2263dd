/** Disjoint sets of numbers, joined step by step (union-find). */

export interface Union {
  /** The representative of a number's set. */
  find(number: number): number
  join(a: number, b: number): void
  /** The sets with several numbers, each in ascending order, ordered by their first numbers. */
  components(): number[][]
}

/** Starts with a separate set for each number from 0 to `count` − 1. */
export function createUnion(count: number): Union {
  const parents = Int32Array.from({ length: count }, (_, i) => i)
  const find = (number: number) => {
    let at = number
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]! // path halving, for faster later calls
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
