/** Byte pair encoding of one word: merges neighbouring pairs, in the order in which they were learned. */
import { firstMerge } from './ids'
import type { Vocabulary } from './vocabulary'

const none = -1

/**
 * Encodes the bytes of a word. The word is a linked list of ids, and a heap contains the pairs that can be merged. So even a word of a
 * million bytes needs at most n · log n steps.
 */
export function encodeWord(word: Uint8Array, { byteIds, merges }: Vocabulary): number[] {
  const ids = Int32Array.from(word, (byte) => byteIds[byte]!)
  ids[ids.length - 1]! += 256
  const next = Int32Array.from(word, (_, i) => (i + 1 < word.length ? i + 1 : none))
  const previous = Int32Array.from(word, (_, i) => i - 1)
  const heap = createHeap()
  const offer = (at: number) => {
    const after = at === none ? none : next[at]!
    const merged = after === none ? undefined : merges.get(ids[at]! * 65_536 + ids[after]!)
    if (merged !== undefined) heap.push((merged - firstMerge) * 2 ** 32 + at)
  }
  for (let i = 0; i < ids.length; i++) offer(i)
  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
    const at = entry % 2 ** 32
    const merged = firstMerge + Math.floor(entry / 2 ** 32)
    const after = next[at]!
    // One of the two may have been merged with its other neighbour in the meantime.
    if (after === none || ids[at] === none || merges.get(ids[at]! * 65_536 + ids[after]!) !== merged) continue
    ids[at] = merged
    ids[after] = none
    next[at] = next[after]!
    if (next[at] !== none) previous[next[at]] = at
    offer(previous[at]!)
    offer(at)
  }
  return Array.from(ids.filter((id) => id !== none))
}

/** A binary heap of numbers, the smallest first. The high part is the merge, so that equal merges go from left to right. */
function createHeap(): { push(value: number): void; pop(): number | undefined } {
  const values: number[] = []
  return {
    push(value) {
      let at = values.length
      for (let parent = (at - 1) >> 1; at > 0 && values[parent]! > value; parent = (at - 1) >> 1) {
        values[at] = values[parent]!
        at = parent
      }
      values[at] = value
    },
    pop() {
      const smallest = values[0]
      const last = values.pop()
      if (values.length === 0) return smallest
      let at = 0
      for (let child = 1; child < values.length; child = 2 * at + 1) {
        if (child + 1 < values.length && values[child + 1]! < values[child]!) child++
        if (values[child]! >= last!) break
        values[at] = values[child]!
        at = child
      }
      values[at] = last!
      return smallest
    },
  }
}
