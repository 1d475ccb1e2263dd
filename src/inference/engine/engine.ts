/** An engine runs the methods of one model: on this thread, or in a worker. */
import type { ModelDtype } from '../programs/storage'
import type { CLIPConfig } from '../../models/config/config'
import type { DenseAttention } from '../../models/layers/dense-attention'
import type { Device } from '../../runtime/runtime'
import type { DeviceTensor } from '../device-tensor'
import type { Preprocessing } from '../images/preprocessing'
import type { ByteSourceInput } from '../../bytes/read/open-source'
import type { ConfigInput } from '../../models/config/config'
import type { ModelState } from '../model-state'
import type { CreateOptions, LoadOptions } from '../options'
import type { Arguments, MethodName, Result } from './methods'

/** The source of a model: a file, or random values. */
export type Opening =
  | { readonly source: ByteSourceInput | undefined; readonly options: LoadOptions }
  | { readonly config: ConfigInput; readonly options: CreateOptions }

/** Facts about a loaded model. */
export interface ModelFacts {
  readonly config: CLIPConfig
  readonly preprocessing: Preprocessing
  readonly device: Device
  readonly dtype: ModelDtype
  /** Guesses about the model, and the parts of its file that were left out: one sentence each. */
  readonly assumptions: readonly string[]
  /** The file that was loaded. */
  readonly source?: string
}

export interface Engine {
  readonly facts: ModelFacts
  /** The state of a model on this thread. */
  readonly state?: ModelState
  /** The default attention of dense methods. */
  attention: DenseAttention
  readonly parameters: ReadonlyMap<string, DeviceTensor>
  readonly logitScale: number
  /** Rejects with `DISPOSED` if the model is disposed in the meantime. */
  run<Name extends MethodName>(name: Name, ...args: Arguments<Name>): Promise<Result<Name>>
  /** @throws DreamLIPError `DISPOSED` if it was disposed */
  checkAlive(): void
  /** Frees the weights; calling it twice is harmless. Resolves when the weights are freed and the worker has ended. */
  dispose(): Promise<void>
}
