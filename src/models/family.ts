/** What a family of models says about itself. `families.ts` lists all families. */
import type { CheckpointTensor } from '../checkpoint/tensor'
import type { CLIPConfig } from './config/clip-config'
import type { InferConfigOptions, TensorShapes } from './config/infer-config'
import type { PairFunctions } from './pair-functions'
import type { ParameterSpec } from './layers/initial-values'

/** A family: how its files name their tensors, and what its models have beyond CLIP's. */
export interface Family {
  readonly layouts: readonly Layout[]
  /** Left out if its models are CLIP models once their tensors have the package's names. */
  readonly model?: FamilyModel
}

/** Tensors by their names in the file, without prefix and wrappers. */
type Tensors = ReadonlyMap<string, CheckpointTensor>

/** How one program names the tensors of a model. */
export interface Layout {
  readonly name: string
  /** All names that only this layout has, in addition to CLIP's. */
  readonly names?: RegExp
  /** First parts of these names, as sources of regular expressions. Unknown names that start so belong to the model too. */
  readonly modules?: readonly string[]
  /** The name that shows that a tower is in the file. Default: CLIP's. */
  readonly towers?: Readonly<Record<'image' | 'text', string>>
  /** @param has whether the file has a tensor of that name next to the model's */
  readonly holds: (tensors: Tensors, has: (name: string) => boolean) => boolean
  /**
   * The tensors by the package's names.
   * @param contextLength the length of texts that the caller asks for, if a file has positions for several
   */
  readonly rename: (tensors: Tensors, contextLength?: number) => Map<string, CheckpointTensor>
  /** Names of tensors that only training uses: they are left out, and `assumptions` names them. */
  readonly unused?: RegExp
  /** Whether the context is as long as the file has positions, whatever a config says: those of such files repeat CLIP's 77. */
  readonly ownContext?: boolean
  /** The activation of its models. */
  readonly quickGelu: boolean
  /** Why this activation is assumed. Left out if all models of this layout have it, and attention heads of the usual width. */
  readonly guess?: string
}

/** What the models of a family have beyond CLIP's, or in its place. A config names the family in `family`. */
export interface FamilyModel {
  /** A parameter that all its models have, and no others. */
  readonly mark: string
  /** The config that follows from the shapes of its parameters. Default: CLIP's, with the family's name. */
  readonly inferConfig?: (shapes: TensorShapes, options: InferConfigOptions) => CLIPConfig
  /** Its parameters, in the order of PyTorch's `state_dict`. */
  readonly parameters: (config: CLIPConfig) => readonly ParameterSpec[]
  /** Scores of an image and a text that need more than their embeddings. Loaded when they are first used. Default: cosines. */
  readonly pairs?: () => Promise<PairFunctions>
}
