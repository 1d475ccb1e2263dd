/** Whole training steps with AdamW in WebAssembly, in a plain loop, and in the graph: tests whether WebAssembly pays off. */
import { median } from './python'
import { nodeSide, threads } from './runtime/sides'
import { trainedModels, type StepWork } from './training'

export type OptimizerWay = 'WebAssembly' | 'plain loop' | 'in the graph'

/** One step, in seconds. */
export interface MeasuredStep {
  readonly way: OptimizerWay
  readonly wall: number
  /** Processor time of the whole step, over all threads. */
  readonly processor: number
  /** Processor time of AdamW on the host; 0 in the graph. */
  readonly optimizer: number
}

const rounds: Readonly<Record<string, number>> = { 'ViT-B/16': 5, '64 pixels, width 128': 11 }

export async function optimizerBenchmark(): Promise<void> {
  console.log(`optimizer: whole training steps, medians of steps in turn, on ${threads} threads`)
  for (const [name, { tokens, ...model }] of Object.entries(trainedModels)) {
    const work: StepWork = { ...model, tokens: tokens[0]!, steps: rounds[name]!, threads }
    const steps = await nodeSide<MeasuredStep[]>('../optimizer-side.ts', work)()
    console.log(`  ${name}, ${work.images} images with ${work.captions} captions each, ${work.steps} rounds`)
    for (const way of ['WebAssembly', 'plain loop', 'in the graph'] as const) console.log(`    ${describe(steps, way)}`)
  }
}

function describe(steps: readonly MeasuredStep[], way: OptimizerWay): string {
  const middle = (of: OptimizerWay, part: 'wall' | 'processor' | 'optimizer') =>
    median(steps.filter((step) => step.way === of).map((step) => step[part]))
  const ratio = (part: 'wall' | 'processor') => (middle(way, part) / middle('WebAssembly', part)).toFixed(3)
  return (
    `${way}: ${middle(way, 'wall').toFixed(2)} s a step (ratio ${ratio('wall')}), ` +
    `${middle(way, 'processor').toFixed(2)} s of processor (ratio ${ratio('processor')}), ` +
    `AdamW on the host ${middle(way, 'optimizer').toFixed(3)} s`
  )
}
