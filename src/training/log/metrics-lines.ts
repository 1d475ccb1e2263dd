/** Reads the lines of a run's `metrics.jsonl`: JSON objects, each with its step. */

const lineEnd = 0x0a

/**
 * Finds the lines up to a step. A last line without a line end, as a killed process leaves it, is not among them.
 * @returns `length`: their bytes; `namesAtStep`: for each line of exactly this step the names of its values, joined by commas
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

/** Lines that are not JSON objects were written by something else: they are kept. */
function parse(line: Uint8Array): { readonly step?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
