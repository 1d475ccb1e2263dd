/** A model's towers, each prepared once for the model's device. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeTextRows, projectPatches, type TextRows } from '../models/clip/clip'
import type { CLIPConfig } from '../models/config/config'
import type { DenseAttention } from '../models/layers/vision-transformer'
import { l2Normalize } from '../ops/layers/l2-normalize'
import type { Parameters, Program, Runtime } from '../runtime/runtime'

export interface Programs {
  /** `pixels` `[batch, 3, height, width]` → `embeddings` `[batch, embedDim]`, raw */
  readonly image: Program<'embeddings'>
  /** `ids`, `positions`, `reaches` `[rows, length]`, `ends` `[rows, ends]` → `embeddings` `[rows · ends, embedDim]`, raw */
  readonly text: Program<'embeddings'>
  /** `pixels` → `image` `[batch, embedDim]`, `patches` `[batch, patches, width]`: raw, or projected with unit length */
  patches(options: PatchProgramOptions): Program<'image' | 'patches'>
  dispose(): void
}

export interface PatchProgramOptions {
  readonly project: boolean
  readonly attention: DenseAttention
}

export function createPrograms(runtime: Runtime, parameters: Parameters, config: CLIPConfig): Programs {
  const image = runtime.prepare(
    ({ pixels }, weights) => ({ embeddings: encodeImage(weights, pixels as Tensor4D, config) }),
    parameters,
  )
  const text = runtime.prepare(
    (inputs, weights) => ({ embeddings: encodeTextRows(weights, inputs as unknown as TextRows, config) }),
    parameters,
  )
  const ofPatches = new Map<string, Program<'image' | 'patches'>>()
  return {
    image,
    text,
    patches({ project, attention }) {
      const key = `${project} ${attention}`
      const known = ofPatches.get(key)
      if (known) return known
      const program = runtime.prepare(({ pixels }, weights): Record<'image' | 'patches', Tensor> => {
        const encoded = encodePatches(weights, pixels as Tensor4D, config, attention)
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
