/** A model's towers, each prepared once for the model's device. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeTextRows, projectPatches, type TextRows } from '../../models/clip/clip'
import type { CLIPConfig } from '../../models/config/config'
import type { DenseAttention } from '../../models/layers/dense-attention'
import { l2Normalize } from '../../ops/layers/l2-normalize'
import type { Parameters, Program, Runtime, TensorFunction, TensorsByName } from '../../runtime/runtime'

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
  /** `pixels` → `image` `[batch, embedDim]`, `patches` `[batch, patches, width]`, or `[batch, patches, embedDim]` if projected */
  patches(options: PatchProgramOptions): Program<Pixels, EncodedPatches>
  /** Any other function of inputs and the model's parameters, prepared when its key is first used. */
  prepared<Output extends TensorsByName<Output>, Input extends TensorsByName<Input>>(
    key: string,
    fn: TensorFunction<Input, Output>,
  ): Program<Input, Output>
  dispose(): void
}

export interface PatchProgramOptions {
  /** `raw`: not projected. `projected`: in the embedding space. `unit`: projected and scaled to unit length, as is the image. */
  readonly form: 'raw' | 'projected' | 'unit'
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
  const others = new Map<string, { dispose(): void }>()
  const prepared: Programs['prepared'] = <Output extends TensorsByName<Output>, Input extends TensorsByName<Input>>(
    key: string,
    fn: TensorFunction<Input, Output>,
  ) => {
    const program = (others.get(key) as Program<Input, Output> | undefined) ?? runtime.prepare(fn, parameters)
    others.set(key, program)
    return program
  }
  return {
    image,
    text,
    patches: ({ form, attention }) =>
      prepared(`patches ${form} ${attention}`, ({ pixels }: Pixels, weights): EncodedPatches => {
        const encoded = encodePatches(weights, pixels, config, attention)
        if (form === 'raw') return encoded
        const patches = projectPatches(weights, encoded.patches, config, form === 'unit')
        return { image: form === 'unit' ? l2Normalize(encoded.image) : encoded.image, patches }
      }),
    prepared,
    dispose() {
      ;[image, text, ...others.values()].forEach((program) => program.dispose())
    },
  }
}
