/** Writes one tower to an ONNX file, weights included, one weight at a time. */
import { disk } from '#bytes/disk'
import { noPathToWrite } from '../../bytes/disk'
import { checkChoice, checkPath, wrongArgument } from '../../check-arguments'
import { blocksUpTo } from '../../models/clip/hidden-patches'
import { toOpenCLIPConfig, type CLIPConfig } from '../../models/config/config'
import type { Graph, GraphConstant } from '../../compile/graph'
import { constantLength, modelChunks, type ExternalData } from '../../compile/onnx'
import type { Parameters } from '../../runtime/runtime'
import type { ModelDtype } from '../programs/storage'
import { backendsStarted } from '../../runtime/start-backend'
import {
  exportedStorage,
  exportGraph,
  exportedOutputs,
  modelParts,
  type ExportedOutput,
  type ExportedTower,
  type ModelPart,
} from './export-graph'
import { exportedWeights } from './export-weights'
import type { Progress } from '../../progress'

export interface OnnxFileOptions {
  readonly part: ModelPart
  /** Default: embeddings. */
  readonly output?: ExportedOutput
  /** As the option `layer` of `encodePatches`. */
  readonly layer?: number
  readonly dtype: ModelDtype
  /** The only batch size that the graph accepts. Undefined: any. */
  readonly batch: number | undefined
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** Weights with more bytes than this go to a separate file, because a protobuf is limited to 2 GiB. */
const inlineLimit = 1.9e9

/** Weights in a separate file start at multiples of a memory page, so that they can be mapped. */
const alignment = 4096

/**
 * @param limit maximum bytes of weights in the model's own file
 * @returns the files written: `path`, and `path_data` (named as on the Hub and in transformers.js) if the weights are larger
 * @throws DreamLIPError `INVALID_ARGUMENT`, `WRITE_FAILED`; the signal's reason if aborted: then neither file exists
 */
export async function exportOnnx(
  path: string,
  config: CLIPConfig,
  parameters: Parameters,
  { part, output, layer, dtype, batch, signal, onProgress }: OnnxFileOptions,
  limit = inlineLimit,
): Promise<string[]> {
  checkPath('path', path)
  if (!disk) throw noPathToWrite(path)
  checkChoice('part', part, modelParts)
  const exported = checkOutput({ part, output, layer }, config)
  signal?.throwIfAborted()
  const shapes = new Map(parameters.names.map((name) => [name, parameters.shape(name)]))
  await backendsStarted()
  const graph = exportGraph(exported, config, shapes, dtype, batch)
  const weights = exportedWeights(parameters, graph.inputs, (name) => exportedStorage(name, shapes.get(name)!, dtype))
  const own = new Set(weights.map(({ name }) => name))
  const whole: Graph<number | string> = {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !own.has(name)),
    constants: [...graph.constants, ...weights],
  }
  const metadata = {
    part,
    output: exported.output,
    ...(layer !== undefined && { layer: String(layer) }),
    config: JSON.stringify(toOpenCLIPConfig(config)),
  }
  const total = weights.reduce((sum, weight) => sum + constantLength(weight), 0)
  const reporting = (chunks: Iterable<Uint8Array>) => report(chunks, total, onProgress)
  if (total <= limit) {
    await disk.write(path, reporting(modelChunks(whole, { metadata })), signal)
    return [path]
  }
  const data = `${path}_data`
  const external = layOut(weights, data.split(/[\\/]/).at(-1)!)
  await disk.write(data, reporting(dataChunks(weights, external)), signal)
  // The new weights are in place: from here on the pair is only complete with its graph.
  await disk.write(path, modelChunks(whole, { metadata, external }))
  return [path, data]
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for an output that the part does not have */
function checkOutput(
  { part, output = 'embeddings', layer }: Pick<OnnxFileOptions, 'part' | 'output' | 'layer'>,
  config: CLIPConfig,
): ExportedTower {
  checkChoice('output', output, exportedOutputs)
  if (output === 'patches' && part !== 'image') {
    throw wrongArgument('output', "'embeddings' for the text tower, which has no patches", output)
  }
  if (layer === undefined) return { part, output, layer }
  if (output !== 'patches') throw wrongArgument('layer', "nothing without output: 'patches'", layer)
  return { part, output, layer: blocksUpTo(layer, config) }
}

/** Passes chunks on, and reports how many bytes of weights have passed. */
function* report(
  chunks: Iterable<Uint8Array>,
  total: number,
  onProgress: OnnxFileOptions['onProgress'],
): Generator<Uint8Array> {
  let done = 0
  for (const chunk of chunks) {
    yield chunk
    done = Math.min(total, done + chunk.length)
    onProgress?.({ stage: 'export', done, total })
  }
}

function layOut(weights: readonly GraphConstant[], file: string): ExternalData {
  let end = 0
  const places = weights.map((weight) => {
    const offset = Math.ceil(end / alignment) * alignment
    end = offset + constantLength(weight)
    return [weight.name, { file, offset }] as const
  })
  return new Map(places)
}

function* dataChunks(weights: readonly GraphConstant[], external: ExternalData): Generator<Uint8Array> {
  let end = 0
  for (const weight of weights) {
    const { offset } = external.get(weight.name)!
    if (offset > end) yield new Uint8Array(offset - end)
    yield weight.bytes
    end = offset + constantLength(weight)
  }
}
