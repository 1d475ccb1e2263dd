/** Finds the line of the caller's function that an error came from. */

/** Frames of tfjs: its package (also on CDNs), its sources by a source map, packages that Vite's server has bundled; and Node's. */
const tfjs = [/[\\/]@tensorflow[\\/]/, /[\\/]tfjs-(core|backend-\w+)[\\/]src[\\/]/, /[\\/]\.vite[\\/]deps/, /^node:/]

/**
 * The first place of a stack outside of tfjs and this package, as `file:line:column`.
 * @param stack an error's `stack`
 * @param home the file that this code runs from: a source file, or what the package is bundled into
 */
export function callerLine(stack: string | undefined, home: string): string | undefined {
  const ours = [home, ...packageOf(home)]
  const isForeign = (place: string) =>
    tfjs.some((pattern) => pattern.test(place)) || ours.some((start) => place.startsWith(start))
  return placesOf(stack).find((place) => !isForeign(place))
}

/** The file that the innermost frame of a stack lies in. */
export function innermostFile(stack: string | undefined): string {
  return (placesOf(stack)[0] ?? '').replace(/:\d+:\d+$/, '')
}

/** Where else this package's frames can lie: in the folders of its sources that tensors pass through, or in its other chunks. */
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
    return place && /^(?:file:|https?:|node:|\/|[A-Za-z]:[\\/])/.test(place) ? [place] : []
  })
}
