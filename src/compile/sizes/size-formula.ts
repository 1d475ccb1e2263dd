/** Formulas for sizes: sums of products of the axes whose size is chosen when a graph runs. */

/** An axis whose size is chosen when the graph runs. */
export interface DynamicAxis {
  readonly name: string
  /** The sizes to record at. Two show how the graph depends on the axis, and the third confirms it. */
  readonly sizes: readonly [number, number, number]
  /** Whether the first size is the largest that the graph supports. Smaller constants may then be corners of its constants. */
  readonly bounded?: boolean
}

/** A coefficient for each product of axes. Bit `i` of its index is set if axis `i` is in the product. */
export type SizeFormula = readonly number[]

/** The sizes of the axes in each recording: first every combination of their first two sizes, then their third sizes. */
export function recordingSizes(axes: readonly DynamicAxis[]): number[][] {
  const combinations = Array.from({ length: 2 ** axes.length }, (_, bits) =>
    axes.map(({ sizes }, axis) => sizes[(bits >> axis) & 1]!),
  )
  return [...combinations, axes.map(({ sizes }) => sizes[2])]
}

/** The formula of a size with these values in the recordings; undefined if no sum of products fits them. */
export function fitFormula(axes: readonly DynamicAxis[], values: readonly number[]): SizeFormula | undefined {
  const formula = values.slice(0, -1)
  axes.forEach(({ sizes: [first, second] }, axis) => {
    formula.forEach((atFirst, i) => {
      const other = i | (1 << axis)
      if (i === other) return
      const slope = (formula[other]! - atFirst) / (second - first)
      formula[i] = atFirst - slope * first
      formula[other] = slope
    })
  })
  const confirmed =
    evaluateFormula(
      formula,
      axes.map(({ sizes }) => sizes[2]),
    ) === values.at(-1)
  return confirmed && formula.every(Number.isInteger) ? formula : undefined
}

/** The value of a formula for these sizes of the axes. */
export function evaluateFormula(formula: SizeFormula, sizes: readonly number[]): number {
  const products = formula.map((coefficient, bits) =>
    sizes.reduce((product, size, axis) => ((bits >> axis) & 1 ? product * size : product), coefficient),
  )
  return products.reduce((sum, product) => sum + product, 0)
}

/** The size, if it depends on no axis. */
export function constantSize(formula: SizeFormula): number | undefined {
  return formula.slice(1).every((coefficient) => coefficient === 0) ? formula[0]! : undefined
}

/** Whether a formula depends on an axis. */
export function dependsOn(formula: SizeFormula, axis: number): boolean {
  return formula.some((coefficient, bits) => coefficient !== 0 && (bits >> axis) & 1)
}

/** Whether a formula is the size of an axis itself. */
export function isAxis(formula: SizeFormula, axis: number): boolean {
  return formula.every((coefficient, bits) => coefficient === (bits === 1 << axis ? 1 : 0))
}

/** A formula as text: a number, an axis's name, or `2*batch*length + 1`. */
export function formulaName(formula: SizeFormula, axes: readonly DynamicAxis[]): number | string {
  const constant = constantSize(formula)
  if (constant !== undefined) return constant
  const terms = formula.map((coefficient, bits) => {
    const names = axes.filter((_, axis) => (bits >> axis) & 1).map(({ name }) => name)
    return [...(coefficient === 1 && names.length > 0 ? [] : [coefficient]), ...names].join('*')
  })
  return terms
    .filter((_, bits) => formula[bits] !== 0)
    .reverse()
    .join(' + ')
}
