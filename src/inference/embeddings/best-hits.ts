/** Keeps the best of many scores, without sorting all of them. */

/** An embedding that was found. */
export interface Hit {
  /** Its row. */
  readonly index: number
  /** Its cosine with the query, in [-1, 1]. */
  readonly score: number
}

export interface BestHits {
  /** The score that a hit must exceed to be kept: that of the worst hit, or -∞ while there is room. */
  readonly least: number
  /** Keeps the hit if it is among the best so far. The index must be larger than all earlier ones. */
  offer(index: number, score: number): void
  /** The hits, best first. */
  sorted(): Hit[]
}

/** Keeps the best `size` hits in a heap with the worst one on top, so that most offers cost one comparison. */
export function bestHits(size: number): BestHits {
  const heap: Hit[] = []
  const sink = (hit: Hit) => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child + 1 < size && isWorse(heap[child + 1]!, heap[child]!)) child++
      if (child >= size || !isWorse(heap[child]!, hit)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = hit
  }
  return {
    get least() {
      return heap.length < size ? -Infinity : heap[0]!.score
    },
    offer(index, score) {
      if (heap.length < size) {
        heap.push({ index, score })
        // An array that is sorted from the worst to the best is a heap.
        if (heap.length === size) heap.sort((a, b) => (isWorse(a, b) ? -1 : 1))
      } else if (score > heap[0]!.score) sink({ index, score })
    },
    sorted: () => heap.sort((a, b) => (isWorse(a, b) ? 1 : -1)),
  }
}

/** Among equal scores, the later row ranks lower. */
function isWorse(a: Hit, b: Hit): boolean {
  return a.score < b.score || (a.score === b.score && a.index > b.index)
}
