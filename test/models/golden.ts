/** Runs a model on golden inputs and returns the difference of each result from PyTorch's. No Node imports: pages run it too. */
import { dispose, tensor, tensor1d, tensor2d, tidy, type Rank, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeText } from '../../src/models/clip/clip'
import { parseConfig, type OpenCLIPConfig } from '../../src/models/config/config'
import { l2Normalize } from '../../src/ops/layers/l2-normalize'
import { largestDifference } from '../ops/compare'

export interface GoldenValues {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** `mini.json` and similar files, made by the published reference (see the README of the goldens). */
export interface Golden {
  readonly config: OpenCLIPConfig
  readonly pixels: GoldenValues
  readonly tokens: readonly (readonly number[])[]
  readonly image_features: GoldenValues
  readonly image_features_raw: GoldenValues
  readonly text_features: GoldenValues
  readonly text_features_raw: GoldenValues
  readonly patch_tokens: GoldenValues
}

export type GoldenWeights = ReadonlyMap<string, { readonly data: Float32Array; readonly shape: readonly number[] }>

/** The largest absolute difference of each output on the active backend. */
export async function goldenDifferences(golden: Golden, weights: GoldenWeights): Promise<Record<string, number>> {
  const config = parseConfig(golden.config)
  const parameters = placeWeights(weights)
  const outputs = tidy(() => {
    const image = encodeImage(parameters, toTensor(golden.pixels), config)
    const dense = encodePatches(parameters, toTensor(golden.pixels), config, 'standard')
    const text = encodeText(parameters, tokenIds(golden.tokens), endPositions(golden.tokens), config)
    return {
      image_features_raw: image,
      image_features: l2Normalize(image),
      text_features_raw: text,
      text_features: l2Normalize(text),
      patch_tokens: dense.patches,
    }
  })
  const differences: Record<string, number> = {}
  for (const [name, output] of Object.entries(outputs)) {
    differences[name] = largestDifference(await output.data(), golden[name as keyof typeof outputs].data)
  }
  dispose(outputs)
  parameters.forEach((parameter) => parameter.dispose())
  return differences
}

/** Weights as tensors on the active backend. */
export function placeWeights(weights: GoldenWeights): Map<string, Tensor> {
  return new Map([...weights].map(([name, { data, shape }]) => [name, tensor(data, [...shape])]))
}

/** int32 `[texts, length]`, cut to `length` tokens where given. */
export function tokenIds(tokens: Golden['tokens'], length = tokens[0]!.length) {
  return tensor2d(
    tokens.map((ids) => ids.slice(0, length)),
    [tokens.length, length],
    'int32',
  )
}

/** The position of each text's end token, which is the largest id. */
export function endPositions(tokens: Golden['tokens']) {
  return tensor1d(
    tokens.map((ids) => ids.indexOf(Math.max(...ids))),
    'int32',
  )
}

export function toTensor({ data, shape }: GoldenValues): Tensor4D {
  return tensor<Rank.R4>([...data], shape as [number, number, number, number])
}
