/** The speed limit of ONNX Runtime on this machine: plain matrix products with the shapes of ViT-B/16's blocks. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Graph, GraphNode } from '../../src/compile/graph'
import { encodeModel } from '../../src/compile/onnx'
import { timed } from './timed'

const width = 768
const tokens = 197

/** Inputs and outputs of a block's linear maps, and how often each shape occurs. */
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

/** Multiplications and additions of a block's attention. */
const attentionFlops = 4 * tokens ** 2 * width

/** All multiplications and additions of the tower for one image, as PyTorch computes them. */
export const wholeFlops = 12 * (linearFlops + attentionFlops) + flops(width, width)

/** The same, as dreamlip computes them: in the last block, only keys and values for all tokens, the rest for the class token. */
export const modelFlops = 11 * (linearFlops + attentionFlops) + 3 * flops(width, width)

/** Seconds that the linear maps of one block take for a batch, each product in its own session, with constant weights. */
export async function matrixSeconds(batch: number, runs: number): Promise<number> {
  let seconds = 0
  for (const { count, ...map } of maps) {
    seconds += count * (await run([map], batch * tokens, 'whole', runs))
  }
  return seconds
}

/** With as many blocks as the tower, because fewer weights would stay in the processor's cache between runs. */
const blocks = 12

/** The same for a chain of products in one graph, with one number as the output: the processor's limit. */
export async function chainSeconds(batch: number, runs: number): Promise<number> {
  const ofBlock = maps.flatMap(({ count, ...map }) => Array<Map>(count).fill(map))
  const chain = Array.from({ length: blocks }, () => ofBlock).flat()
  return (await run(chain, batch * tokens, 'largest', runs)) / blocks
}

interface Map {
  readonly inputs: number
  readonly outputs: number
}

/** Seconds for a chain of products. The output is the last result, or its largest value. */
async function run(chain: readonly Map[], rows: number, output: 'whole' | 'largest', runs: number): Promise<number> {
  const session = await InferenceSession.create(encodeModel(graphOf(chain, rows, output)))
  const x = new Tensor('float32', wave(rows * chain[0]!.inputs), [rows, chain[0]!.inputs])
  const seconds = await timed(() => session.run({ x }), runs)
  await session.release()
  return seconds
}

function graphOf(chain: readonly Map[], rows: number, output: 'whole' | 'largest'): Graph {
  const constants = chain.map(({ inputs, outputs }, i) => ({
    name: `w${i}`,
    type: 'float32' as const,
    shape: [inputs, outputs],
    bytes: new Uint8Array(wave(inputs * outputs).buffer),
  }))
  const products = chain.map((_, i) => node('MatMul', [i === 0 ? 'x' : `y${i - 1}`, `w${i}`], `y${i}`))
  const last = `y${chain.length - 1}`
  return {
    inputs: [{ name: 'x', type: 'float32', shape: [rows, chain[0]!.inputs] }],
    outputs:
      output === 'whole'
        ? [{ name: last, type: 'float32', shape: [rows, chain.at(-1)!.outputs] }]
        : [{ name: 'largest', type: 'float32', shape: [] }],
    constants,
    nodes: output === 'whole' ? products : [...products, node('ReduceMax', [last], 'largest', { keepdims: 0 })],
  }
}

function node(op: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}): GraphNode {
  return { op, domain: '', inputs, outputs: [output], attributes }
}

function wave(length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * i) / 20)
}
