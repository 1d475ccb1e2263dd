/** Elementwise functions, block by block, so that a block stays in the processor's cache between operations. */
import { util } from '@tensorflow/tfjs-core'
import { createGraphBuilder, finish, type GraphBuilder, type GraphInput, type Operand } from '../../graph'
import { output, reshape } from '../parts/rule'

/** Elements per block. Larger blocks do not fit into the cache, and for smaller ones the overhead of operations dominates. */
const largestBlock = 300_000

/** Applies `compute` to float32 tensors of the same shape, element by element. The result has the same shape. */
export function inBlocks(
  graph: GraphBuilder,
  inputs: readonly Operand[],
  compute: (graph: GraphBuilder, inputs: Operand[]) => Operand,
): Operand {
  const { shape } = inputs[0]!
  const size = util.sizeFromShape(shape)
  const count = blocksOf(size)
  if (count === 1) return compute(graph, [...inputs])
  const block = size / count
  const blockInputs = inputs.map((_, i): GraphInput => ({ name: `block:${i}`, type: 'float32', shape: [block] }))
  const inner = createGraphBuilder('block%')
  const result = compute(
    inner,
    blockInputs.map(({ name, shape }) => output(name, [...shape], 'float32')),
  )
  const body = finish(inner, blockInputs, [{ name: 'block:result', operand: result }])
  const blocks = inputs.map((input) => reshape(graph, input, [count, block]).value()) // [count, block]
  const results = graph.node('Scan', blocks, { num_scan_inputs: inputs.length, body: { graph: body } }) // [count, block]
  return reshape(graph, output(results, [count, block], 'float32'), shape)
}

/** The smallest number of equal blocks that are small enough. If they would be much smaller, everything is one block. */
function blocksOf(size: number): number {
  const least = Math.ceil(size / largestBlock)
  const counts = Array.from({ length: least }, (_, i) => least + i)
  return counts.find((count) => size % count === 0) ?? 1
}
