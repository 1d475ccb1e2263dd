/** Finds the line of the caller's function that caused an error. */

/** Stack frames of tfjs (its package, also on CDNs; its sources, by a source map; packages bundled by Vite's server) and of Node. */
const tfjs = [/[\\/]@tensorflow[\\/]/, /[\\/]tfjs-(core|backend-\w+)[\\/]src[\\/]/, /[\\/]\.vite[\\/]deps/, /^node:/]

/**
 * Finds the first place in a stack that is outside tfjs and this package, as `file:line:column`.
 * @param stack the `stack` of an error
 * @param home the file that this code runs from: a source file, or the bundle of the package
 */
export function callerLine(stack: string | undefined, home: string): string | undefined {
  const ours = [home, ...packageOf(home)]
  const isForeign = (place: string) =>
    tfjs.some((pattern) => pattern.test(place)) || ours.some((start) => place.startsWith(start))
  return placesOf(stack).find((place) => !isForeign(place))
}

/** The file of the innermost frame of a stack. */
export function innermostFile(stack: string | undefined): string {
  return (placesOf(stack)[0] ?? '').replace(/:\d+:\d+$/, '')
}

/** Other places of this package's frames: the source folders that tensors pass through, or other chunks of the package. */
function packageOf(home: string): string[] {
  const [, sources] = /^(.*[\\/]src[\\/])compile[\\/]/.exec(home) ?? []
  if (sources) return [`${sources}compile`, `${sources}runtime`, `${sources}ops`]
  const [installed] = /^.*[\\/]node_modules[\\/]dreamlip[\\/]/.exec(home) ?? []
  return installed ? [installed] : []
}

/** The places of a stack, the innermost first: `at name (place)` and `at place` in V8, `name@place` elsewhere. */
function placesOf(stack = ''): string[] {
  return stack.split('\n').flatMap((line) => {
    const frame = /^\s*at (?:.*? \()?(.+:\d+:\d+)\)?\s*$/.exec(line) ?? /^(?:[^@]*@)?(\S.*:\d+:\d+)\s*$/.exec(line)
    const place = frame?.[1]
    return place && /^(?:file:|https?:|node:|\/|\\\\|[A-Za-z]:[\\/])/.test(place) ? [place] : []
  })
}
