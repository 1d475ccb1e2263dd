/** Finds the line of the caller's function that an error came from. */

/** Frames that are not the caller's: tfjs's own, and the recorder's. */
const foreign = [/[\\/]@tensorflow[\\/]/, /[\\/]tfjs-/, /\bnode:/, /[\\/]src[\\/](runtime|ops)[\\/]/]

/**
 * The first frame of a stack outside of tfjs and this package, as `file:line:column`.
 * @param stack an error's `stack`
 * @param home the file that this package is bundled into, to be left out too
 */
export function callerLine(stack: string | undefined, home: string): string | undefined {
  const places = (stack ?? '').split('\n').flatMap((line) => {
    const place = /\(?((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()\s]+:\d+:\d+)\)?\s*$/.exec(line)?.[1]
    return place ? [place] : []
  })
  const isForeign = (place: string) => foreign.some((pattern) => pattern.test(place)) || place.startsWith(`${home}:`)
  return places.find((place) => !isForeign(place))
}
