/** The figures of several runs together. */
import type { Figures } from '../task/result'

/** The mean of each figure over the runs, and for several runs `acc1Deviation`, the sample standard deviation of `acc1`. */
export function meanFigures(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0]!)
  const valuesOf = (name: string) => runs.map((figures) => figures[name]!)
  const means = Object.fromEntries(names.map((name) => [name, mean(valuesOf(name))]))
  if (runs.length === 1) return means
  const squares = valuesOf('acc1').map((value) => (value - means.acc1!) ** 2)
  return { ...means, acc1Deviation: Math.sqrt((mean(squares) * runs.length) / (runs.length - 1)) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
