/** Describes the samples that bulk work left out. */

/** `left out: image 4, repeated 60`; nothing if nothing was left out. */
export function describeReasons(reasons: Readonly<Record<string, number>>): string[] {
  const counts = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`)
  return counts.length > 0 ? [`left out: ${counts.join(', ')}`] : []
}
