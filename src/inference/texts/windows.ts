/** Cuts the tokens of a long text into windows that overlap. */

/** The share of a window that the next one repeats, so that words near an edge are read in context. */
const overlap = 1 / 4

/** How to cut the tokens of a text. */
export interface WindowOptions {
  /** Maximum tokens per window, including the start and end tokens of every text. */
  readonly contextLength: number
  /** The number of tokens that start every text, and of those that end it. Each window has them. */
  readonly start: number
  readonly end: number
  /** Whether a word ends between two consecutive tokens. A word that is longer than a window is cut. */
  isBreak(before: number, after: number): boolean
}

/**
 * Windows of whole words over a text, in order. A window repeats up to a quarter of the one before it, in whole words; the last one is as
 * long as possible.
 * @param sequence more than `contextLength` token ids
 */
export function windowsOf(sequence: Int32Array, { contextLength, start, end, isBreak }: WindowOptions): Int32Array[] {
  const ids = sequence.subarray(start, sequence.length - end)
  const room = contextLength - start - end
  const edges = edgesOf(ids, room, isBreak)
  const windows: Int32Array[] = []
  let [from, to] = [0, 0]
  while (to < ids.length) {
    // Starts late enough that the window has room for the next word.
    if (to > 0) from = edges.from(Math.max(to - Math.floor(room * overlap), edges.from(to + 1) - room))
    to = edges.upTo(from + room)
    if (to === ids.length) from = edges.from(to - room)
    const inside = ids.subarray(from, to)
    windows.push(
      Int32Array.from([...sequence.subarray(0, start), ...inside, ...sequence.subarray(sequence.length - end)]),
    )
  }
  return windows
}

/** Where a window may start or end: between words, and anywhere inside a word that is longer than a window. */
function edgesOf(ids: Int32Array, room: number, isBreak: WindowOptions['isBreak']) {
  const { length } = ids
  const before = new Int32Array(length + 1) // the last edge up to each place
  let word = 0
  for (let i = 1; i <= length; i++) {
    if (i < length && !isBreak(ids[i - 1]!, ids[i]!)) continue
    const isLong = i - word > room
    for (let place = word + 1; place < i; place++) before[place] = isLong ? place : word
    before[i] = word = i
  }
  const after = before.slice() // the first edge from each place on
  for (let i = length - 1; i >= 0; i--) if (before[i] !== i) after[i] = after[i + 1]!
  return {
    from: (place: number) => after[Math.max(place, 0)]!,
    upTo: (place: number) => before[Math.min(place, length)]!,
  }
}
