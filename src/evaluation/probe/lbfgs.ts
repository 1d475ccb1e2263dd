/** L-BFGS: finds the minimum of a smooth function of many variables (Nocedal and Wright, Numerical Optimization, 2nd ed., sec. 7.2). */

/** Returns the value at `x`, and writes the gradient there into `gradient`. */
export type SmoothFunction = (x: Float64Array, gradient: Float64Array) => Promise<number>

export interface Minimum {
  readonly x: Float64Array
  readonly value: number
  readonly iterations: number
  /** False if the iterations ended first. */
  readonly converged: boolean
}

interface Limits {
  readonly maxIterations: number
  /** The search ends when no component of the gradient is larger. */
  readonly tolerance: number
}

/** Steps that are remembered, as in SciPy. */
const memory = 10

/** A point with its value and gradient. */
interface Point {
  readonly x: Float64Array
  readonly value: number
  readonly gradient: Float64Array
}

/** The last step and the change of the gradient along it. */
interface Step {
  readonly s: Float64Array
  readonly y: Float64Array
  readonly rho: number
}

/** @throws what `f` throws */
export async function minimize(f: SmoothFunction, start: Float64Array, limits: Limits): Promise<Minimum> {
  const at = async (x: Float64Array): Promise<Point> => {
    const gradient = new Float64Array(x.length)
    return { x, value: await f(x, gradient), gradient }
  }
  let point = await at(start.slice())
  const steps: Step[] = []
  for (let iterations = 0; ; iterations++) {
    const converged = largest(point.gradient) <= limits.tolerance
    if (converged || iterations >= limits.maxIterations)
      return { x: point.x, value: point.value, iterations, converged }
    const direction = descentDirection(point.gradient, steps)
    const first = steps.length === 0 ? Math.min(1, 1 / norm(point.gradient)) : 1
    const next = await searchLine(at, point, direction, first)
    // The value cannot be lowered any more in double precision.
    if (!next) return { x: point.x, value: point.value, iterations, converged: true }
    remember(steps, point, next)
    point = next
  }
}

/** The two-loop recursion: the gradient times the approximate inverse Hessian, negated. */
function descentDirection(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const q = gradient.slice()
  const alphas = new Float64Array(steps.length)
  for (let i = steps.length - 1; i >= 0; i--) {
    const { s, y, rho } = steps[i]!
    alphas[i] = rho * dot(s, q)
    add(q, y, -alphas[i]!)
  }
  const last = steps.at(-1)
  const scale = last ? 1 / (last.rho * dot(last.y, last.y)) : 1
  for (let d = 0; d < q.length; d++) q[d]! *= scale
  steps.forEach(({ s, y, rho }, i) => add(q, s, alphas[i]! - rho * dot(y, q)))
  for (let d = 0; d < q.length; d++) q[d] = -q[d]!
  return q
}

/** Sufficient decrease and curvature (the weak Wolfe conditions). */
const [decrease, curvature] = [1e-4, 0.9]
const mostTries = 50

/** A point along a direction that meets the Wolfe conditions, by doubling and bisection; undefined if none is found. */
async function searchLine(
  at: (x: Float64Array) => Promise<Point>,
  from: Point,
  direction: Float64Array,
  first: number,
): Promise<Point | undefined> {
  const slope = dot(from.gradient, direction)
  if (!(slope < 0)) return undefined
  let [low, high, length] = [0, Infinity, first]
  for (let tries = 0; tries < mostTries; tries++) {
    const x = from.x.slice()
    add(x, direction, length)
    const point = await at(x)
    if (!(point.value <= from.value + decrease * length * slope)) high = length
    else if (dot(point.gradient, direction) < curvature * slope) low = length
    else return point
    length = high === Infinity ? 2 * low : (low + high) / 2
  }
  return undefined
}

function remember(steps: Step[], before: Point, after: Point): void {
  const s = after.x.map((value, d) => value - before.x[d]!)
  const y = after.gradient.map((value, d) => value - before.gradient[d]!)
  const curved = dot(s, y)
  if (!(curved > 0)) return
  steps.push({ s, y, rho: 1 / curved })
  if (steps.length > memory) steps.shift()
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!
  return sum
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a))
}

function largest(a: Float64Array): number {
  return a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

/** Adds `factor · b` to `a`. */
function add(a: Float64Array, b: Float64Array, factor: number): void {
  for (let d = 0; d < a.length; d++) a[d]! += factor * b[d]!
}
