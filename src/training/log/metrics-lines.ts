/** The lines of a run's `metrics.jsonl`: JSON objects with the number of their step. */

const lineEnd = 0x0a

/**
 * How many bytes of the file lie before the first line of a later step. A last line without an end, as a killed process leaves
 * it, does not count.
 * @returns `namesAtStep`: for each line of that very step the names of its values, joined by commas
 */
export function linesUpTo(bytes: Uint8Array, step: number): { length: number; namesAtStep: Set<string> } {
  const namesAtStep = new Set<string>()
  let start = 0
  for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
    const line = parse(bytes.subarray(start, end))
    if (typeof line?.step === 'number') {
      if (line.step > step) break
      const { step: at, ...values } = line
      if (at === step) namesAtStep.add(Object.keys(values).join())
    }
    start = end + 1
  }
  return { length: start, namesAtStep }
}

/** Lines that are not JSON objects are somebody else's: they stay. */
function parse(line: Uint8Array): { readonly step?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
