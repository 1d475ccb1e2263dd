/** Lays texts out in rows in which a beginning that several texts share stands once. */

/**
 * Texts in one row, as a tree of tokens in depth-first order: `[a photo of a [cat .] [dog .]]`. A causal tower computes a token
 * from those before it in its text alone, so what texts have in common at their start is the same for all of them.
 */
export interface TextRow {
  readonly ids: readonly number[]
  /** Each token's place in its text. */
  readonly positions: readonly number[]
  /** Columns at which texts end, and the texts that end there: several where they are equal. */
  readonly ends: readonly { readonly column: number; readonly texts: readonly number[] }[]
}

/** How much a row may hold. */
export interface RowLimits {
  /** Columns; at least as many as the longest text has tokens. */
  readonly length: number
  /** Ends of texts. */
  readonly ends: number
}

/** Places of the texts in the order of a dictionary: those with a common start are neighbours. */
export function dictionaryOrder(sequences: readonly Int32Array[]): number[] {
  return sequences.map((_, index) => index).sort((a, b) => compare(sequences[a]!, sequences[b]!))
}

/**
 * Fills rows with texts in dictionary order.
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
 * For each token of a row, the column up to which it is seen: all tokens from it to there have it in their text, itself first.
 * In depth-first order that stretch ends where a token stands that is no deeper.
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

/** How many tokens two texts have in common at their start. */
function sharedStart(a: Int32Array, b: Int32Array): number {
  const length = Math.min(a.length, b.length)
  let shared = 0
  while (shared < length && a[shared] === b[shared]) shared++
  return shared
}
