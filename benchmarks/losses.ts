/** Memory and time of the multi-positive loss and its gradients for growing batches, compared with PyTorch. */
import { pythonHas } from './python'
import { nodeSide, pythonSide, threads } from './runtime/sides'

const batches = [256, 1024, 4096]
const work = { captions: 7, width: 512, scale: 20, rounds: 3, threads }

/** TensorFlow.js's backend runs in one thread, op by op: the largest batch would take minutes. */
const eagerBatches = batches.slice(0, 2)

interface Taken {
  /** The peak memory in megabytes, counted from before the first step. */
  readonly memory: number
  /** Seconds of the first step, which also builds the graph. */
  readonly first: number
  /** Seconds of a later step: wall-clock time, and processor time. */
  readonly wall: number
  readonly cpu: number
}

export async function lossesBenchmark(): Promise<void> {
  console.log(
    `losses: multi-positive with gradients, ${work.captions} captions, width ${work.width}, ${threads} threads`,
  )
  const withPython = await pythonHas(['torch'])
  for (const batch of batches) {
    const ours = await side(batch, { device: 'cpu', runtime: 'compiled' })()
    console.log(`  batch ${batch}`)
    console.log(`    dreamlip           ${describe(ours)}; the first step ${ours.first.toFixed(2)} s`)
    if (withPython) {
      const theirs = await pythonSide<Taken>('../losses', { ...work, batch })()
      const ratios = [theirs.memory / ours.memory, theirs.wall / ours.wall].map((ratio) => ratio.toFixed(2))
      console.log(`    PyTorch, at once   ${describe(theirs)}: ${ratios[0]} of our memory, ${ratios[1]} of our time`)
    }
    if (!eagerBatches.includes(batch)) continue
    const eager = await side(batch, { device: 'wasm', runtime: 'eager' })()
    console.log(`    dreamlip, WASM     ${describe(eager)}`)
  }
}

function side(batch: number, options: object) {
  return nodeSide<Taken>('../losses-side.ts', { ...work, batch, options })
}

function describe({ memory, wall, cpu }: Taken): string {
  return `${memory.toFixed(0).padStart(5)} MB above the start, ${wall.toFixed(3)} s a step (${cpu.toFixed(2)} s of processor)`
}
