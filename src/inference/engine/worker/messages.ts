/** The messages between a model's worker and the thread that started it. */
import type { DenseAttention } from '../../../models/layers/dense-attention'
import type { Progress } from '../../../progress'
import type { MissingTower } from '../../missing-tower'
import type { ModelFacts, Opening } from '../engine'
import type { MethodName } from '../methods'

/** Facts that a worker needs about the thread that started it. */
export interface Surroundings {
  /** The address of the page, the base of relative addresses. Undefined in Node. */
  readonly page?: string
  /** The worker's share of the processors. Undefined: all of them. */
  readonly processors?: number
}

/** Options that cannot be sent. The worker reports the arguments of callbacks, and creates its own signal. */
export type Callback = 'onProgress' | 'onWarning' | 'signal'

/** Opens the model; the first task of a worker. */
export interface OpenTask {
  readonly opening: Opening
  readonly callbacks: readonly Callback[]
  readonly surroundings: Surroundings
}

/** Runs a method of the model. */
export interface MethodTask {
  readonly method: MethodName
  /** The last argument is the options, without callbacks and signal. */
  readonly args: readonly unknown[]
  readonly callbacks: readonly Callback[]
  readonly attention: DenseAttention
}

export type ModelTask = OpenTask | MethodTask

/** A call of a callback. */
export type ModelEvent = { readonly onProgress: Progress } | { readonly onWarning: string }

/** Facts about an opened model, for the thread that started the worker. */
export interface OpenedModel {
  readonly facts: ModelFacts
  readonly attention: DenseAttention
  readonly missing?: MissingTower
  /** Undefined if the file of a single tower does not contain it. */
  readonly logitScale?: number
  /** Names and shapes of the parameters. */
  readonly shapes: ReadonlyMap<string, number[]>
}
