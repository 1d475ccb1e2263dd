/** Chooses how steps of a run are computed: as one function, or in parts. */
import type { HostArray, Parameters, Runtime } from '../../runtime/runtime'
import { createAccumulatedStep } from './accumulated-step'
import { stepInputs } from './step-inputs'
import { trainingStep, type StepPlan, type StepRunner } from './step'

/** @param microBatch images that go through the towers at once; `null`: the whole batch */
export function createStepRunner(
  runtime: Runtime,
  plan: StepPlan,
  weights: Parameters,
  state: Parameters,
  microBatch: number | null,
): StepRunner {
  if (microBatch !== null) return createAccumulatedStep(runtime, plan, weights, state, microBatch)
  const program = runtime.prepareUpdate(trainingStep(plan), [weights, state])
  return {
    run: (batch, scalars) => {
      const inputs: Record<string, HostArray> = stepInputs(batch, plan.config, runtime.prefersFewShapes)
      return program.run({ ...inputs, ...scalars })
    },
    dispose: () => program.dispose(),
  }
}
