/** Recognises names on the Hub. The code that parses them is loaded on demand. */

/** Whether a source is a name on the Hub. */
export function isHubName(source: unknown): source is string {
  return typeof source === 'string' && /^hf:/i.test(source)
}
