/** A model's towers, each prepared once for the model's device. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeTextRows, projectPatches, type TextRows } from '../../models/clip/clip'
import type { CLIPConfig } from '../../models/config/config'
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
  dispose(): void
}

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
    dispose() {
      ;[image, text, ...ofPatches.values()].forEach((program) => program.dispose())
    },
  }
}
