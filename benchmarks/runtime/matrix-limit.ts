/** The speed limit of ONNX Runtime on this machine: bare matrix products of the shapes that ViT-B/16's blocks have. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Graph, GraphNode } from '../../src/runtime/compiled/graph'
import { encodeModel } from '../../src/runtime/compiled/onnx'
import { timed } from './timed'

const width = 768
const tokens = 197

/** Inputs and outputs of a block's linear maps, and how many of each there are. */
const maps = [
  { inputs: width, outputs: width, count: 4 },
  { inputs: width, outputs: 4 * width, count: 1 },
  { inputs: 4 * width, outputs: width, count: 1 },
]

/** Multiplications and additions of a block's linear maps for one image. */
export const linearFlops = maps.reduce((sum, { inputs, outputs, count }) => sum + count * flops(inputs, outputs), 0)

function flops(inputs: number, outputs: number): number {
  return 2 * tokens * inputs * outputs
}

/**
 * Multiplications and additions that dreamlip does for one image. In the last block only keys and values are computed for all
 * tokens; the rest is for the class token.
 */
export const modelFlops = 11 * (linearFlops + 4 * tokens ** 2 * width) + 2 * flops(width, width) + flops(width, width)

/** Blocks in a row: enough that the call does not count. */
const blocks = 4

/** Seconds that the linear maps of one block take for a batch, one after another, weights constant and packed beforehand. */
export async function matrixSeconds(batch: number, runs: number): Promise<number> {
  const rows = batch * tokens
  const session = await InferenceSession.create(encodeModel(chainOfProducts(rows)))
  const x = new Tensor('float32', wave(rows * width), [rows, width])
  const seconds = await timed(() => session.run({ x }), runs)
  await session.release()
  return seconds / blocks
}

/** Each product's result is the next one's input; of the last, one number comes out. */
function chainOfProducts(rows: number): Graph {
  const ofBlock = maps.flatMap(({ count, ...map }) => Array<typeof map>(count).fill(map))
  const chain = Array.from({ length: blocks }, () => ofBlock).flat()
  const weights = chain.map(({ inputs, outputs }, i) => ({
    name: `w${i}`,
    type: 'float32' as const,
    shape: [inputs, outputs],
    bytes: new Uint8Array(wave(inputs * outputs).buffer),
  }))
  const products = chain.map((_, i) => node('MatMul', [i === 0 ? 'x' : `y${i - 1}`, `w${i}`], `y${i}`))
  return {
    inputs: [{ name: 'x', type: 'float32', shape: [rows, width] }],
    outputs: [{ name: 'out', type: 'float32', shape: [] }],
    constants: weights,
    nodes: [...products, node('ReduceMax', [`y${chain.length - 1}`], 'out', { keepdims: 0 })],
  }
}

function node(op: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}): GraphNode {
  return { op, domain: '', inputs, outputs: [output], attributes }
}

function wave(length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * i) / 20)
}
