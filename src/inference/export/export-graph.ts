/** The graph of one tower with standard ONNX operators, for other programs. */
import {
  add,
  argMax,
  reshape,
  scalar,
  slice,
  zerosLike,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeText } from '../../models/clip/clip'
import { hiddenPatches } from '../../models/clip/hidden-patches'
import type { CLIPConfig } from '../../models/config/config'
import { recordDynamic } from '../../compile/sizes/dynamic-axes'
import type { Graph, GraphInput } from '../../compile/graph'
import type { InputSpec } from '../../compile/record/place-inputs'
import { record } from '../../compile/record/recorder'
import type { DynamicAxis } from '../../compile/sizes/size-formula'
import type { Storage } from '../../compile/storage'
import { readsPadding } from '../texts/text-batches'
import { storageOf, type ModelDtype } from '../programs/storage'

/** The tower to export. */
export type ModelPart = 'image' | 'text'

/** The output of the image tower: an embedding of each image, or its patch tokens. */
export type ExportedOutput = 'embeddings' | 'patches'

export const exportedOutputs: readonly ExportedOutput[] = ['embeddings', 'patches']

/** The tower and output to export. */
export interface ExportedTower {
  readonly part: ModelPart
  readonly output: ExportedOutput
  /** The number of blocks before the patch tokens. Undefined: they come from the tower's end. */
  readonly layer: number | undefined
}

/** The graph of a tower. Inputs and outputs have the names of Hugging Face's models. */
interface Tower {
  readonly axes: readonly DynamicAxis[]
  /** The input for these sizes of the axes. */
  readonly input: (sizes: readonly number[]) => Record<string, InputSpec>
  readonly run: (tensors: Record<string, Tensor>, weights: ReadonlyMap<string, Tensor>) => Record<string, Tensor>
}

const towers: Readonly<Record<ModelPart, (config: CLIPConfig, exported: ExportedTower) => Tower>> = {
  image: (config, exported) => ({
    axes: [batchAxis],
    input: ([batch]) => ({
      pixel_values: { shape: [batch!, 3, config.vision.imageSize, config.vision.imageSize], dtype: 'float32' },
    }),
    run: ({ pixel_values }, weights) => imageOutput(weights, pixel_values as Tensor4D, config, exported),
  }),
  text: (config) => {
    const { contextLength, width } = config.text
    if (readsPadding(config.text)) return wholeTexts(config)
    // One more position, so that texts of full length also use a slice of the positions, like all others.
    const roomy = { ...config, text: { ...config.text, contextLength: contextLength + 1 } }
    const sizes = [contextLength, contextLength - 1, contextLength - 2] as const
    return {
      axes: [batchAxis, { name: 'length', sizes, bounded: true }],
      input: ([batch, length]) => ({
        input_ids: { shape: [batch!, length!], dtype: 'int32', given: 'int64' },
        // Positions are an input, so the graph cuts them.
        [positions]: { shape: [contextLength + 1, width], dtype: 'float32' },
      }),
      run: ({ input_ids, ...others }, weights) => {
        const ids = input_ids as Tensor2D // [batch, length]
        const all = new Map([...weights, [positions, others[positions]!]])
        return { [outputNames(config).text]: encodeText(all, ids, pooledPositions(ids), roomy) }
      },
    }
  },
}

function imageOutput(
  weights: ReadonlyMap<string, Tensor>,
  pixels: Tensor4D,
  config: CLIPConfig,
  { output, layer }: ExportedTower,
): Record<string, Tensor> {
  if (output === 'embeddings') return { [outputNames(config).image]: encodeImage(weights, pixels, config) }
  if (layer !== undefined) return { patches: hiddenPatches(weights, pixels, config, layer) }
  return { patches: encodePatches(weights, pixels, config, 'standard').patches }
}

/** The embeddings by the names of Hugging Face's classes: SiglipVisionModel and SiglipTextModel, or CLIP's models with projections. */
function outputNames({ family }: CLIPConfig): Record<ModelPart, string> {
  if (family === 'siglip') return { image: 'pooler_output', text: 'pooler_output' }
  return { image: 'image_embeds', text: 'text_embeds' }
}

/** The text tower of a model that reads padding: texts always have the length of the context. */
function wholeTexts(config: CLIPConfig): Tower {
  const { contextLength, pool } = config.text
  return {
    axes: [batchAxis],
    input: ([batch]) => ({ input_ids: { shape: [batch!, contextLength], dtype: 'int32', given: 'int64' } }),
    run: ({ input_ids }, weights) => {
      const ids = input_ids as Tensor2D // [batch, contextLength]
      return { [outputNames(config).text]: encodeText(weights, ids, pooledPositions(ids, pool), config) }
    },
  }
}

/** The position of the token that each text is pooled at: `[batch]`. */
function pooledPositions(ids: Tensor2D, pool: CLIPConfig['text']['pool'] = 'end'): Tensor1D {
  if (pool === 'end') return argMax<Tensor1D>(ids, 1) // CLIP's end token has the largest id
  const first = zerosLike(slice(ids, [0, 0], [-1, 1])) // [batch, 1]
  return reshape(pool === 'last' ? add(first, scalar(ids.shape[1] - 1, 'int32')) : first, [-1])
}

const positions = 'positional_embedding'

/** The storage in which a graph receives a parameter. */
export function exportedStorage(name: string, shape: readonly number[], dtype: ModelDtype): Storage {
  return name === positions ? 'float32' : storageOf(name, shape, dtype)
}

export const modelParts = Object.keys(towers) as readonly ModelPart[]

const batchAxis: DynamicAxis = { name: 'batch', sizes: [3, 2, 5] }

/**
 * Records one tower for any batch size and any text length, or, with `batch`, only for that batch size and texts of full length.
 * @param shapes of all parameters, by their PyTorch names
 * @returns a graph whose inputs are the tower's inputs and parts of parameters
 */
export function exportGraph(
  exported: ExportedTower,
  config: CLIPConfig,
  shapes: ReadonlyMap<string, readonly number[]>,
  dtype: ModelDtype,
  batch: number | undefined,
): Graph<number | string> {
  const { axes, input, run } = towers[exported.part](config, exported)
  const weights = [...shapes].map(([name, shape]): [string, InputSpec] => [
    name,
    { shape, dtype: 'float32', storage: exportedStorage(name, shape, dtype) },
  ])
  const recordAt = (sizes: readonly number[]) =>
    record(
      (tensors) => run(tensors, new Map(weights.map(([name]) => [name, tensors[name]!]))),
      { ...Object.fromEntries(weights), ...input(sizes) },
      'onnx',
    )
  const fixed = [batch, ...axes.slice(1).map(({ sizes }) => sizes[0])]
  const graph = batch === undefined ? recordDynamic(axes, recordAt) : recordAt(fixed as number[])
  const inputs = graph.inputs.map((each): GraphInput<number | string> => {
    if (each.name !== positions) return each
    const shape = shapes.get(positions)!
    return { ...each, shape, parameter: { of: positions, array: 'values', rows: [0, shape[0]!] } }
  })
  return { ...graph, inputs }
}
