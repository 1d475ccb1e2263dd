/** A thread that does its task correctly or misbehaves, as the task specifies. */
import { serveTasks } from '../../src/concurrency/workers/serve-tasks.node.ts'

const deeds: Readonly<Record<string, () => unknown>> = {
  answer: () => 42,
  fail: () => {
    throw new Error('it failed')
  },
  hang: () => {
    for (;;);
  },
  // An array that grows without limit would crash the whole process.
  grow: () => {
    const list: number[] = []
    for (let i = 0; i < 2 ** 31 - 1; i++) list[i] = i / 3
    return list
  },
  fill: () => {
    const buffers: Uint8Array[] = []
    for (;;) buffers.push(new Uint8Array(1e7).fill(1))
  },
  crash: () => process.exit(7),
}

serveTasks(async (deed: string) => deeds[deed]!(), 1)
