/** Cuts the tokens of a long text into windows that overlap. */

/** The share of a window that the next one repeats, so that words near an edge are read with those around them. */
const overlap = 1 / 4

/**
 * Windows of whole words over a text, in order. Each has the text's start and end token, and at most `contextLength` tokens. A window
 * repeats up to a quarter of the one before it, in whole words; the last one is as long as possible.
 * @param sequence token ids with start and end token, more than `contextLength` of them
 * @param endsWord whether a token ends a word. A word that is longer than a window is cut.
 */
export function windowsOf(
  sequence: Int32Array,
  contextLength: number,
  endsWord: (id: number) => boolean,
): Int32Array[] {
  const ids = sequence.subarray(1, -1)
  const room = contextLength - 2
  const edges = edgesOf(ids, room, endsWord)
  const windows: Int32Array[] = []
  let [start, end] = [0, 0]
  while (end < ids.length) {
    // The window after this one ends later: it has room for the next word.
    if (end > 0) start = edges.from(Math.max(end - Math.floor(room * overlap), edges.from(end + 1) - room))
    end = edges.upTo(start + room)
    if (end === ids.length) start = edges.from(end - room)
    windows.push(Int32Array.from([sequence[0]!, ...ids.subarray(start, end), sequence.at(-1)!]))
  }
  return windows
}

/** Where a window may start or end: between words, and inside a word that is longer than a window. */
function edgesOf(ids: Int32Array, room: number, endsWord: (id: number) => boolean) {
  const before = new Int32Array(ids.length + 1) // the last edge up to each place
  for (let i = 1, word = 0; i <= ids.length; i++) {
    const isEdge = i === ids.length || endsWord(ids[i - 1]!) || i - word === room
    if (isEdge) word = i
    before[i] = word
  }
  const after = before.slice() // the first edge from each place on
  for (let i = ids.length - 1; i >= 0; i--) if (before[i] !== i) after[i] = after[i + 1]!
  return {
    from: (place: number) => after[Math.max(place, 0)]!,
    upTo: (place: number) => before[Math.min(place, ids.length)]!,
  }
}
