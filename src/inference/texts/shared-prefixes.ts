/** Lays texts out in rows, in which a prefix that several texts share occurs only once. */

/**
 * Texts in one row, as a tree of tokens in depth-first order: `[a photo of a [cat .] [dog .]]`. A causal tower computes a token only
 * from those before it, so a common beginning gives the same values for all texts that share it.
 */
export interface TextRow {
  readonly ids: readonly number[]
  /** The position of each token in its text. */
  readonly positions: readonly number[]
  /** Columns where texts end, and the texts that end there. Equal texts end in the same column. */
  readonly ends: readonly { readonly column: number; readonly texts: readonly number[] }[]
}

/** The limits of a row. */
export interface RowLimits {
  /** Maximum columns; at least the length of the longest text. */
  readonly length: number
  /** Maximum ends of texts. */
  readonly ends: number
}

/** The indices of the texts in lexicographic order, so that texts with a common beginning are neighbours. */
export function dictionaryOrder(sequences: readonly Int32Array[]): number[] {
  return sequences.map((_, index) => index).sort((a, b) => compare(sequences[a]!, sequences[b]!))
}

/**
 * Fills rows with texts in lexicographic order.
 * @param sequences token ids of each text, none of them empty
 * @param order from `dictionaryOrder`
 */
export function packTexts(sequences: readonly Int32Array[], order: readonly number[], limits: RowLimits): TextRow[] {
  const rows: { ids: number[]; positions: number[]; ends: { column: number; texts: number[] }[] }[] = []
  let previous: Int32Array = new Int32Array(0)
  for (const index of order) {
    const sequence = sequences[index]!
    let shared = sharedStart(previous, sequence)
    previous = sequence
    let row = rows.at(-1)
    if (row && shared === sequence.length) {
      row.ends.at(-1)!.texts.push(index)
      continue
    }
    if (!row || row.ids.length + sequence.length - shared > limits.length || row.ends.length === limits.ends) {
      row = { ids: [], positions: [], ends: [] }
      rows.push(row)
      shared = 0
    }
    for (let position = shared; position < sequence.length; position++) {
      row.ids.push(sequence[position]!)
      row.positions.push(position)
    }
    row.ends.push({ column: row.ids.length - 1, texts: [index] })
  }
  return rows
}

/**
 * For each token of a row, the column before which other tokens attend to it: the token itself and all later tokens of texts that
 * contain it. In depth-first order, this range ends at the next token whose position is not larger.
 */
export function reachesOf(positions: ArrayLike<number>): Int32Array {
  const reaches = new Int32Array(positions.length)
  for (let column = positions.length - 1; column >= 0; column--) {
    let reach = column + 1
    while (reach < positions.length && positions[reach]! > positions[column]!) reach = reaches[reach]!
    reaches[column] = reach
  }
  return reaches
}

function compare(a: Int32Array, b: Int32Array): number {
  const shared = sharedStart(a, b)
  return shared === a.length || shared === b.length ? a.length - b.length : a[shared]! - b[shared]!
}

/** The number of tokens that two texts share at their beginning. */
function sharedStart(a: Int32Array, b: Int32Array): number {
  const length = Math.min(a.length, b.length)
  let shared = 0
  while (shared < length && a[shared] === b[shared]) shared++
  return shared
}
