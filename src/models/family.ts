/** The description of a family of models. `families.ts` lists all families. */
import type { CheckpointTensor } from '../checkpoint/tensor'
import type { CLIPConfig } from './config/clip-config'
import type { InferConfigOptions, TensorShapes } from './config/infer-config'
import type { PairFunctions } from './pair-functions'
import type { ParameterSpec } from './layers/initial-values'

/** A family: the tensor names in its files, and the differences between its models and CLIP. */
export interface Family {
  readonly layouts: readonly Layout[]
  /** Omitted if its models are CLIP models once their tensors are renamed. */
  readonly model?: FamilyModel
}

/** Tensors by their names in the file, without prefix and wrappers. */
type Tensors = ReadonlyMap<string, CheckpointTensor>

/** The tensor names that one program uses for a model. */
export interface Layout {
  readonly name: string
  /** All names that only this layout has, in addition to CLIP's. */
  readonly names?: RegExp
  /** First parts of these names, as sources of regular expressions. Unknown names with such a start belong to the model too. */
  readonly modules?: readonly string[]
  /** The name that identifies a tower in the file. Default: CLIP's. */
  readonly towers?: Readonly<Record<'image' | 'text', string>>
  /** @param has whether the file has a tensor of that name next to the model's */
  readonly holds: (tensors: Tensors, has: (name: string) => boolean) => boolean
  /**
   * The tensors by the package's names.
   * @param contextLength the requested text length, if a file has positions for several lengths
   */
  readonly rename: (tensors: Tensors, contextLength?: number) => Map<string, CheckpointTensor>
  /** Names of tensors that are used only in training: they are left out, and `assumptions` lists them. */
  readonly unused?: RegExp
  /** Whether the file's positions determine the context length. The configs of such files repeat CLIP's 77. */
  readonly ownContext?: boolean
  /** The activation of its models. */
  readonly quickGelu: boolean
  /** Why this activation is assumed. Omitted if all models of this layout have it, and attention heads of the usual width. */
  readonly guess?: string
}

/** The parts of a family's models that differ from CLIP. A config names the family in `family`. */
export interface FamilyModel {
  /** A parameter that all models of the family have, and no other models. */
  readonly mark: string
  /** Infers the config from the shapes of the parameters. Default: CLIP's, with the family's name. */
  readonly inferConfig?: (shapes: TensorShapes, options: InferConfigOptions) => CLIPConfig
  /** Its parameters, in the order of PyTorch's `state_dict`. */
  readonly parameters: (config: CLIPConfig) => readonly ParameterSpec[]
  /** Scores of an image and a text that need more than their embeddings. Loaded when they are first used. Default: cosines. */
  readonly pairs?: () => Promise<PairFunctions>
}
