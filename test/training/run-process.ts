/** Runs `train-process.ts` in a separate process, which may be killed or prevented from writing. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const hooks = fileURLToPath(new URL('../../scripts/tfjs-modules.mjs', import.meta.url))
const script = fileURLToPath(new URL('train-process.ts', import.meta.url))

export interface ProcessEnd {
  /** Null if a signal ended it. */
  readonly code: number | null
  /** Its output, errors included. */
  readonly output: string
}

/**
 * Trains to the end, or until something ends it.
 * @param limits a bash command to run first, such as `ulimit -f 2000`
 * @param watch called after the first step
 */
export function runTraining(
  folder: string,
  steps: number,
  { limits, watch }: { limits?: string; watch?: (child: ChildProcess) => void } = {},
): Promise<ProcessEnd> {
  const command = [process.execPath, '--import', 'tsx', '--import', hooks, script, folder, String(steps)]
  const [program, ...args] = limits ? ['bash', '-c', `${limits}; exec "$@"`, 'bash', ...command] : command
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const read = (text: Buffer) => {
    const hadStarted = output.includes('step ')
    output += String(text)
    if (!hadStarted && output.includes('step ')) watch?.(child)
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}
