/** Runs a verb in several processes at once, each with its share of the machine: processors, or a GPU. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { DreamLIPError } from '../index.node.ts'
import type { Context } from './verb'

/** The maximum number of restarts of a process that does not finish a shard. */
const mostDeaths = 5

/**
 * Starts this command `count` times. A killed process is started again, and resumes where it stopped.
 * @param argsOf the arguments of a process, without `--json`
 * @returns the JSON document of each process
 * @throws DreamLIPError `WORKER_FAILED`, or the error that a process reported
 */
export async function inProcesses<Result>(
  count: number,
  argsOf: (index: number) => readonly string[],
  { signal, note }: Context,
): Promise<Result[]> {
  const running = new Set<ChildProcess>()
  const stop = () => running.forEach((child) => child.kill('SIGTERM'))
  signal.addEventListener('abort', stop, { once: true })
  const runOne = async (index: number): Promise<Result> => {
    for (let deaths = 0; ; deaths++) {
      signal.throwIfAborted()
      const child = start([...argsOf(index), '--json'], shareOf(index, count))
      running.add(child)
      child.on('message', () => (deaths = 0))
      const { code, output } = await outcomeOf(child, (line) => note(`[${index}] ${line.replace(/^dreamlip: /, '')}`))
      running.delete(child)
      signal.throwIfAborted()
      if (code !== null) return readDocument<Result>(output, index)
      if (deaths === mostDeaths)
        throw workerFailed(index, `it was killed ${mostDeaths + 1} times before it finished a shard`)
      note(`[${index}] was killed; it is started again`)
    }
  }
  try {
    return await Promise.all(Array.from({ length: count }, (_, index) => runOne(index)))
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** Called in such a process: tells its parent that a shard was embedded. */
export function tellParent({ wasThere }: { readonly wasThere: boolean }): void {
  if (!wasThere && process.connected) process.send?.('shard', () => undefined)
}

/** Removes options from arguments: `valued` ones, in both of their forms, and `plain` ones, which have no value. */
export function withoutOptions(
  args: readonly string[],
  valued: readonly string[],
  plain: readonly string[],
): readonly string[] {
  return args.filter((arg, i) => {
    const isValue = i > 0 && valued.includes(args[i - 1]!)
    return !isValue && !plain.includes(arg) && !valued.some((name) => arg === name || arg.startsWith(`${name}=`))
  })
}

function start(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const command = [...process.execArgv, process.argv[1]!, ...args]
  return spawn(process.execPath, command, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches only this process, which signals the others; a second signal would end them at once.
    detached: process.platform !== 'win32',
  })
}

/** The resources that the processes share. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly processors: number
  /** NVIDIA GPUs; 0 if they cannot be counted. */
  readonly gpus: number
}

function thisMachine(): Machine {
  return { environment: process.env, processors: availableParallelism(), gpus: countGPUs() }
}

/** Counts the GPUs that NVIDIA's Linux driver lists; other systems have no such file. */
function countGPUs(): number {
  try {
    return readdirSync('/proc/driver/nvidia/gpus').length
  } catch {
    return 0
  }
}

/**
 * The environment of a process: its share of the processors, and its GPU. If there are more processes than GPUs, they share them.
 * The command's `DREAMLIP_THREADS` and `CUDA_VISIBLE_DEVICES` limit the shared resources; an empty list of GPUs stays empty.
 */
export function shareOf(index: number, count: number, machine: Machine = thisMachine()): Record<string, string> {
  const { DREAMLIP_THREADS, CUDA_VISIBLE_DEVICES } = machine.environment
  const threads = Math.min(Number(DREAMLIP_THREADS) || Infinity, machine.processors)
  return {
    DREAMLIP_THREADS: String(Math.max(1, Math.floor(threads / count))),
    CUDA_VISIBLE_DEVICES: gpuOf(index, CUDA_VISIBLE_DEVICES, machine.gpus),
  }
}

function gpuOf(index: number, visible: string | undefined, gpus: number): string {
  if (visible === undefined) return String(gpus > 0 ? index % gpus : index)
  const list = visible.split(',').filter((gpu) => gpu.trim() !== '')
  return list.length > 0 ? list[index % list.length]!.trim() : ''
}

interface Outcome {
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly output: string
}

function outcomeOf(child: ChildProcess, onLine: (line: string) => void): Promise<Outcome> {
  let output = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text))
  createInterface({ input: child.stderr! }).on('line', onLine)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

function readDocument<Result>(output: string, index: number): Result {
  let document: Result | { readonly error: { readonly code: string; readonly message: string } }
  try {
    document = JSON.parse(output) as typeof document
  } catch {
    throw workerFailed(index, 'it ended without a result')
  }
  if (typeof document === 'object' && document !== null && 'error' in document) {
    throw workerFailed(index, `${document.error.code}: ${document.error.message}`)
  }
  return document
}

function workerFailed(index: number, why: string): DreamLIPError {
  return new DreamLIPError(
    'WORKER_FAILED',
    `worker ${index}: ${why}. Start the command again: it goes on where it stopped.`,
  )
}
