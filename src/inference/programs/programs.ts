/** A model's towers, each prepared once for the model's device. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeTextRows, projectPatches, type TextRows } from '../../models/clip/clip'
import type { CLIPConfig } from '../../models/config/config'
import type { ModelParameters } from '../../models/layers/scope'
import type { DenseAttention } from '../../models/layers/dense-attention'
import { l2Normalize } from '../../ops/layers/l2-normalize'
import type { Parameters, Program, Runtime } from '../../runtime/runtime'

export interface Pixels {
  readonly pixels: Tensor4D
}

export interface Embedded {
  readonly embeddings: Tensor
}

export interface EncodedPatches {
  readonly image: Tensor
  readonly patches: Tensor
}

export interface Programs {
  /** `pixels` `[batch, 3, height, width]` → `embeddings` `[batch, embedDim]`, raw */
  readonly image: Program<Pixels, Embedded>
  /** `ids`, `positions`, `reaches` `[rows, length]`, `ends` `[rows, ends]` → `embeddings` `[rows · ends, embedDim]`, raw */
  readonly text: Program<TextRows, Embedded>
  /** `pixels` → `image` `[batch, embedDim]`, `patches` `[batch, patches, width]`: raw, or projected with unit length */
  patches(options: PatchProgramOptions): Program<Pixels, EncodedPatches>
  /** `pixels` → `patches` `[batch, patches, width]` after this many blocks, as the function computes them */
  hidden(layer: number, compute: HiddenFunction): Program<Pixels, HiddenState>
  dispose(): void
}

export interface HiddenState {
  readonly patches: Tensor
}

/** `hiddenPatches`. It is loaded on demand. */
type HiddenFunction = (weights: ModelParameters, pixels: Tensor4D, config: CLIPConfig, layer: number) => Tensor

export interface PatchProgramOptions {
  readonly project: boolean
  readonly attention: DenseAttention
}

export function createPrograms(runtime: Runtime, parameters: Parameters, config: CLIPConfig): Programs {
  const image = runtime.prepare(
    ({ pixels }: Pixels, weights) => ({ embeddings: encodeImage(weights, pixels, config) }),
    parameters,
  )
  const text = runtime.prepare(
    (rows: TextRows, weights) => ({ embeddings: encodeTextRows(weights, rows, config) }),
    parameters,
  )
  const ofPatches = new Map<string, Program<Pixels, EncodedPatches>>()
  const ofLayers = new Map<number, Program<Pixels, HiddenState>>()
  return {
    image,
    text,
    patches({ project, attention }) {
      const key = `${project} ${attention}`
      const known = ofPatches.get(key)
      if (known) return known
      const program = runtime.prepare(({ pixels }: Pixels, weights): EncodedPatches => {
        const encoded = encodePatches(weights, pixels, config, attention)
        return project
          ? { image: l2Normalize(encoded.image), patches: projectPatches(weights, encoded.patches, config) }
          : encoded
      }, parameters)
      ofPatches.set(key, program)
      return program
    },
    hidden(layer, compute) {
      const run = ({ pixels }: Pixels, weights: ModelParameters) => ({
        patches: compute(weights, pixels, config, layer),
      })
      const program = ofLayers.get(layer) ?? runtime.prepare(run, parameters)
      ofLayers.set(layer, program)
      return program
    },
    dispose() {
      ;[image, text, ...ofPatches.values(), ...ofLayers.values()].forEach((program) => program.dispose())
    },
  }
}
