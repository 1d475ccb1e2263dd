/**
 * The contents of a run's checkpoint: a PyTorch file in the layout of open_clip's trainer, `{ epoch, name, state_dict, optimizer }`,
 * with `ema` (moving averages, on request) and `run` (the record that a run needs to resume).
 */
import type { HostTensor } from '../../checkpoint/tensor'
import type { CheckpointState } from '../../checkpoint/torch/torch-writer'
import type { Parameters } from '../../runtime/runtime'
import type { AdamWOptions } from '../optimizer/adamw-scalars'
import { average, firstMoment, secondMoment, type RunTensors } from '../optimizer/optimizer-state'
import { parameterGroups, type ParameterGroups } from '../optimizer/weight-decay'
import { writeRunRecord, type RunRecord } from './run-record'
import type { Moments } from './training-file'

/** The values for the optimizer's entry and the checkpoint's name. */
export interface CheckpointSettings {
  readonly adamW: AdamWOptions
  readonly learningRate: number
  readonly name: string
  /** Finished epochs: open_clip's trainer resumes with the next one. */
  readonly finishedEpochs: number
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
    epoch: settings.finishedEpochs,
    name: settings.name,
    // Trained parameters first, in PyTorch's order, whatever file the model was loaded from.
    state_dict: new Map([...identity.trained, ...weights.names].map((of) => [of, heldTensor(weights, of)])),
    optimizer: optimizerEntry(groups, settings, progress.updates, (of) => ({
      first: heldTensor(state, firstMoment(of)),
      second: heldTensor(state, secondMoment(of)),
    })),
    ...(settings.withAverages && { ema: new Map(identity.trained.map((of) => [of, heldTensor(state, average(of))])) }),
    run: writeRunRecord(record),
  }
}

/** The state of AdamW as PyTorch's `state_dict()` of it. PyTorch numbers parameters in the order of their groups. */
export function optimizerEntry(
  groups: ParameterGroups,
  settings: Pick<CheckpointSettings, 'adamW' | 'learningRate'>,
  updates: number,
  momentsOf: (name: string) => Moments<HostTensor>,
): CheckpointState {
  const stateOf = (name: string, i: number) => {
    const { first, second } = momentsOf(name)
    const step: HostTensor = { shape: [], dtype: 'float32', data: Float32Array.of(updates) }
    return [i, { step, exp_avg: first, exp_avg_sq: second }] as const
  }
  return {
    // Before the first update, PyTorch stores no state.
    state: new Map(updates > 0 ? groups.flat().map(stateOf) : []),
    param_groups: groupEntries(groups, settings),
  }
}

/** `optimizer.param_groups`: parameters without decay, then those with it. Options that the reference does not set have PyTorch's defaults. */
function groupEntries(
  groups: ParameterGroups,
  { adamW, learningRate }: Pick<CheckpointSettings, 'adamW' | 'learningRate'>,
): CheckpointState[] {
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
