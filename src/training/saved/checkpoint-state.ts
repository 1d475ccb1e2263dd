/** A run as a PyTorch checkpoint in the trainers' layout: `{ epoch, name, state_dict, optimizer }`, and what a run needs to go on. */
import type { CheckpointState } from '../../checkpoint/torch/torch-writer'
import type { HostTensor } from '../../checkpoint/tensor'
import type { Parameters } from '../../runtime/runtime'
import type { DataPosition } from '../../data/loader/loader'
import type { AdamWOptions } from '../step/adamw'
import { decays } from '../step/parameter-groups'
import { average, firstMoment, secondMoment } from '../step/update'

/** How far a run has come. */
export interface RunProgress {
  /** Steps taken, those that were skipped included. */
  readonly step: number
  /** Times that the optimizer has updated the weights. */
  readonly updates: number
  readonly position: DataPosition
  /** Steps whose gradients were no numbers. */
  readonly skippedSteps: number
  /** Samples that were left out. */
  readonly skippedSamples: number
  /** The loss of the last step; NaN before the first one. */
  readonly loss: number
}

/** What decides whether a checkpoint is of this run. */
export interface RunIdentity {
  readonly data: string
  readonly batchSize: number
  readonly trained: readonly string[]
}

/** The tensors of a run. */
export interface RunTensors {
  readonly weights: Parameters
  readonly state: Parameters
}

/** Names in the order of PyTorch's parameter groups: those that keep their size, then those that decay. */
export function optimizerOrder(trained: readonly string[], weights: Parameters): string[][] {
  const decaying = (name: string) => decays(name, weights.shape(name))
  return [trained.filter((name) => !decaying(name)), trained.filter(decaying)]
}

export function checkpointState(
  { weights, state }: RunTensors,
  progress: RunProgress,
  identity: RunIdentity,
  {
    adamW,
    learningRate,
    name,
    emaDecay,
  }: { adamW: AdamWOptions; learningRate: number; name: string; emaDecay: number | null },
): CheckpointState {
  const groups = optimizerOrder(identity.trained, weights)
  const tensor = (set: Parameters, of: string): HostTensor => ({
    shape: set.shape(of),
    dtype: 'float32',
    get data() {
      return set.read(of)
    },
  })
  const step = (): HostTensor => ({ shape: [], dtype: 'float32', data: Float32Array.of(progress.updates) })
  const entries = groups.flat().map((of, i) => {
    const moments = { exp_avg: tensor(state, firstMoment(of)), exp_avg_sq: tensor(state, secondMoment(of)) }
    return [i, { step: step(), ...moments }] as const
  })
  let index = 0
  const paramGroups = groups.map((names, i) => ({
    // PyTorch's defaults stand where the reference gives no value.
    ...{ amsgrad: false, maximize: false, capturable: false, differentiable: false, foreach: null, fused: null },
    lr: learningRate,
    initial_lr: learningRate,
    betas: adamW.betas,
    eps: adamW.epsilon,
    weight_decay: i === 0 ? 0 : adamW.weightDecay,
    params: names.map(() => index++),
  }))
  const averages = () => identity.trained.map((of) => [of, tensor(state, average(of))] as const)
  return {
    // The reference begins with the epoch that is named.
    epoch: progress.position.epoch,
    name,
    state_dict: new Map(weights.names.map((of) => [of, tensor(weights, of)])),
    // Without updates PyTorch holds no state.
    optimizer: { state: new Map(progress.updates > 0 ? entries : []), param_groups: paramGroups },
    ...(emaDecay !== null && { ema: new Map(averages()) }),
    run: JSON.stringify({ ...progress, ...identity }),
  }
}
