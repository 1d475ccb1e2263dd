/** Finds Python and runs a peer's measurement in it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** test/parity contains the module that imports open_clip without torchvision. */
const env = { ...process.env, PYTHONPATH: fileURLToPath(new URL('../test/parity', import.meta.url)) }

/** The environment variable PYTHON, else python3. */
export const python = process.env.PYTHON ?? 'python3'

/** Whether Python and these modules are installed; prints a message if not. */
export async function pythonHas(modules: readonly string[]): Promise<boolean> {
  try {
    await run(python, ['-c', `import ${modules.join(', ')}`], { env })
    return true
  } catch {
    console.log(
      `  Python's side was not measured: ${python} lacks one of ${modules.join(', ')}. Set PYTHON to one that has them.`,
    )
    return false
  }
}

/** Runs `benchmarks/NAME.py` and returns the JSON that it prints. */
export async function runPeer<Result>(name: string, args: readonly string[]): Promise<Result> {
  const script = fileURLToPath(new URL(`${name}.py`, import.meta.url))
  const { stdout } = await run(python, [script, ...args], { env, maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as Result
}

/** The median. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
