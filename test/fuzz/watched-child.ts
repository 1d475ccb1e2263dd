/** A child process that runs cases one after the other. Its time, memory and liveness are monitored. */
import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Answer, Task } from './child'

/** Milliseconds after which a case counts as hanging. */
const longest = 5000

/** How many bytes a child may grow during a case. */
const mostGrowth = 1024 ** 3

/** How many cases a child runs before it is replaced, so that its accumulated memory is not blamed on a later case. */
const casesPerChild = 3000

export class WatchedChild {
  private child: ChildProcess | undefined
  private cases = 0

  async run(task: Task): Promise<Answer> {
    if (this.cases++ % casesPerChild === 0) await this.close()
    this.child ??= await start()
    const child = this.child
    const before = memoryOf(child)
    let watch: NodeJS.Timeout | undefined
    const answer = await new Promise<Answer>((resolve) => {
      const begin = performance.now()
      const fail = (fault: string) => resolve({ outcome: 'fault', fault })
      watch = setInterval(() => {
        const grown = memoryOf(child) - before
        if (performance.now() - begin > longest) fail(`a hang: no answer within ${longest} ms`)
        if (grown > mostGrowth) fail(`memory: it grew by ${Math.round(grown / 1024 ** 2)} MB`)
      }, 50)
      child.once('message', (message) => resolve(message as Answer))
      child.once('exit', (code, signal) => fail(`the process ended: ${signal ?? `exit code ${code}`}`))
      child.send(task)
    })
    clearInterval(watch)
    child.removeAllListeners('message').removeAllListeners('exit')
    if (answer.outcome === 'fault') await this.close()
    return answer
  }

  async close(): Promise<void> {
    const child = this.child
    this.child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise((resolve) => {
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(new URL('./child.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the fuzzer's child did not start: exit code ${code}`)))
  })
  child.removeAllListeners('exit')
  return child
}

/** Bytes in memory, if the system reports them. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  } catch {
    return 0
  }
}
