/** Sizes that a graph computes from the shapes of its inputs when it runs. */
import type { GraphBuilder, GraphValue } from '../graph'
import { constantSize, isAxis, type SizeFormula } from './size-formula'

/** Adds the computation of a vector of int64, with one formula per entry, and returns its name. */
export type SizeVectors = (entries: readonly SizeFormula[]) => string

/**
 * @param graph the graph to add computations to. Equal ones are added once
 * @param inputs the inputs of the graph. Each axis is read from an input that has it as a size
 */
export function createSizeVectors(graph: GraphBuilder, inputs: readonly GraphValue<SizeFormula>[]): SizeVectors {
  const once = remember()
  const axisSize = (axis: number) =>
    once(`axis ${axis}`, () => {
      const input = inputs.find(({ shape }) => shape.some((size) => isAxis(size, axis)))!
      const at = input.shape.findIndex((size) => isAxis(size, axis))
      return graph.node('Shape', [input.name], { start: at, end: at + 1 }) // [1]
    })
  const product = (coefficient: number, bits: number) =>
    once(`product ${coefficient} ${bits}`, () => {
      const axes = [...bits.toString(2)].reverse().flatMap((bit, axis) => (bit === '1' ? [axisSize(axis)] : []))
      const factors = coefficient === 1 && axes.length > 0 ? axes : [...axes, graph.ints([coefficient])]
      return factors.reduce((a, b) => graph.node('Mul', [a, b])) // [1]
    })
  const size = (formula: SizeFormula) =>
    once(`size ${formula.join()}`, () => {
      const constant = constantSize(formula)
      if (constant !== undefined) return graph.ints([constant]) // [1]
      const terms = formula.flatMap((coefficient, bits) => (coefficient === 0 ? [] : [product(coefficient, bits)]))
      return terms.reduce((a, b) => graph.node('Add', [a, b])) // [1]
    })
  return (entries) =>
    once(`vector ${entries.map((formula) => formula.join()).join(';')}`, () => {
      const sizes = entries.map(size)
      return sizes.length === 1 ? sizes[0]! : graph.node('Concat', sizes, { axis: 0 }) // [entries]
    })
}

/** A function that computes the value of a key at the first call, and remembers it. */
function remember(): (key: string, make: () => string) => string {
  const known = new Map<string, string>()
  return (key, make) => {
    const value = known.get(key) ?? make()
    known.set(key, value)
    return value
  }
}
