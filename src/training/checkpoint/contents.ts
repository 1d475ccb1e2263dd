/**
 * The contents of a run's checkpoint: a PyTorch file in the layout of open_clip's trainer, `{ epoch, name, state_dict, optimizer }`,
 * with `ema` (moving averages, on request) and `run` (the record that a run needs to resume).
 */
import type { HostTensor } from '../../checkpoint/tensor'
import type { CheckpointState } from '../../checkpoint/torch/torch-writer'
import type { Parameters } from '../../runtime/runtime'
import type { AdamWOptions } from '../optimizer/adamw-scalars'
import { average, firstMoment, secondMoment, type RunTensors } from '../optimizer/optimizer-state'
import { parameterGroups } from '../optimizer/weight-decay'
import { writeRunRecord, type RunRecord } from './run-record'

/** The values for the optimizer's entry and the checkpoint's name. */
export interface CheckpointSettings {
  readonly adamW: AdamWOptions
  readonly learningRate: number
  readonly name: string
  /** Whether the optimizer's state contains moving averages. */
  readonly withAverages: boolean
}

/** The contents of a checkpoint. Values are read from the device when they are written. */
export function checkpointContents(
  tensors: RunTensors,
  record: RunRecord,
  settings: CheckpointSettings,
): CheckpointState {
  const { weights, state } = tensors
  const { progress, identity } = record
  const groups = parameterGroups(identity.trained, weights)
  return {
    // The reference resumes at the start of this epoch.
    epoch: progress.position.epoch,
    name: settings.name,
    // Trained parameters first, in PyTorch's order, whatever file the model was loaded from.
    state_dict: new Map([...identity.trained, ...weights.names].map((of) => [of, heldTensor(weights, of)])),
    optimizer: {
      // Before the first update, PyTorch stores no state.
      state: new Map(progress.updates > 0 ? stateEntries(groups.flat(), state, progress.updates) : []),
      param_groups: groupEntries(groups, settings),
    },
    ...(settings.withAverages && { ema: new Map(identity.trained.map((of) => [of, heldTensor(state, average(of))])) }),
    run: writeRunRecord(record),
  }
}

/** `optimizer.state`: PyTorch numbers parameters in the order of their groups. */
function stateEntries(names: readonly string[], state: Parameters, updates: number) {
  return names.map((of, i) => {
    const step: HostTensor = { shape: [], dtype: 'float32', data: Float32Array.of(updates) }
    const moments = { exp_avg: heldTensor(state, firstMoment(of)), exp_avg_sq: heldTensor(state, secondMoment(of)) }
    return [i, { step, ...moments }] as const
  })
}

/** `optimizer.param_groups`: parameters without decay, then those with it. Options that the reference does not set have PyTorch's defaults. */
function groupEntries(groups: readonly [string[], string[]], { adamW, learningRate }: CheckpointSettings) {
  let index = 0
  return groups.map((names, i) => ({
    ...{ amsgrad: false, maximize: false, capturable: false, differentiable: false, foreach: null, fused: null },
    lr: learningRate,
    initial_lr: learningRate,
    betas: adamW.betas,
    eps: adamW.epsilon,
    weight_decay: i === 0 ? 0 : adamW.weightDecay,
    params: names.map(() => index++),
  }))
}

function heldTensor(set: Parameters, name: string): HostTensor {
  return {
    shape: set.shape(name),
    dtype: 'float32',
    get data() {
      return set.read(name)
    },
  }
}
