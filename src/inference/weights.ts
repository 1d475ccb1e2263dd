/** The weights of a model: their names, and loading those that are not on the device yet. */
import type { Tower } from '../models/names/names'
import type { Progress } from '../progress'
import type { Parameters } from '../runtime/runtime'

/** A call that waits for weights. */
export interface WaitingCall {
  readonly signal?: AbortSignal
  /** Called with `stage: 'load'` while weights are read for this call. */
  readonly onProgress?: (progress: Progress) => void
}

export interface Weights {
  /** The names of all parameters, whether they have been read or not, in the order of the file. */
  readonly names: readonly string[]
  shape(name: string): readonly number[]
  /** Whether a tower's weights are on the device. */
  has(tower: Tower): boolean
  /**
   * Reads the weights of these towers unless they are on the device. Calls that wait for the same tower share one read. If it
   * fails, the next call tries again. Default: both towers.
   * @throws DreamLIPError of the source and of the tensors; `DISPOSED`; the signal's reason
   */
  need(towers?: readonly Tower[], call?: WaitingCall): Promise<void>
  /** Stops reading, and closes the file. */
  dispose(reason: Error): Promise<void>
}

/** The tower that a parameter belongs to. Undefined: neither; such parameters are small, and read when the model is loaded. */
export function towerOf(name: string): Tower | undefined {
  if (imageTower.test(name)) return 'image'
  return textTower.test(name) ? 'text' : undefined
}

/** CLIP's names first, then FLAIR's for its projections and pool. */
const imageTower = /^(?:visual\.|image_post\.|visual_proj\.)/
const textTower =
  /^(?:text\.|transformer\.|token_embedding\.|positional_embedding$|ln_final\.|text_projection|text_post\.)/

/** The weights of a model that are all on its device. */
export function weightsOnDevice(parameters: Parameters): Weights {
  return {
    get names() {
      return parameters.names
    },
    shape: (name) => parameters.shape(name),
    has: () => true,
    need: async (_, call) => call?.signal?.throwIfAborted(),
    dispose: async () => undefined,
  }
}
