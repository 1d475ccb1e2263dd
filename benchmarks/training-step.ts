/** The model and optimizer state for the steps of training benchmarks. */
import { initializeParameters } from '../src/models/parameters'
import { parseConfig } from '../src/models/config/config'
import { chooseRuntime } from '../src/runtime/device'
import { defaultAdamW } from '../src/training/optimizer/adamw-scalars'
import { createOptimizerState } from '../src/training/optimizer/optimizer-state'
import { dreamLIPLoss } from '../src/training/step/loss'
import type { StepProgram } from '../src/training/step/step-plan'
import { createWholeStep } from '../src/training/step/whole-step'
import type { StepWork } from './training'

/** @returns a function that creates a program for a step; all programs train the same weights */
export async function prepareSteps(given: StepWork['config']): Promise<() => StepProgram> {
  const config = parseConfig(given)
  const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  const weights = runtime.createParameters()
  for (const [name, values] of initializeParameters(config, 0)) weights.set(name, values)
  const trained = weights.names
  const state = await createOptimizerState(runtime, weights, trained, false)
  const loss = dreamLIPLoss({ subcaptionPatch: 0 })
  const plan = { config, loss, trained, adamW: defaultAdamW, clipNorm: 1, emaDecay: null }
  return () => createWholeStep(runtime, plan, { weights, state })
}
