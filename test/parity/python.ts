/** Runs Python for tests that compare with it: the environment variable PYTHON, else python3. */
import { execFileSync } from 'node:child_process'
import { canRun } from '../skipping'

const python = process.env.PYTHON ?? 'python3'

/** Runs a script with arguments and returns its output. */
export function runPython(script: string, args: readonly string[] = []): string {
  return execFileSync(python, ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs a Python file with arguments and returns its output. @param input its standard input */
export function runPythonFile(file: string, args: readonly string[] = [], input?: string): string {
  const stdin = input === undefined ? 'ignore' : 'pipe'
  return execFileSync(python, [file, ...args], { encoding: 'utf8', input, stdio: [stdin, 'pipe', 'pipe'] })
}

/** Whether Python has these modules; otherwise the tests that need them are skipped. @throws Error if nothing may be skipped */
export function pythonHas(...modules: readonly string[]): boolean {
  return canRun(
    imports(modules),
    `tests that need Python with ${modules.join(', ')}`,
    `${python} does not import them; set PYTHON to one that does`,
  )
}

function imports(modules: readonly string[]): boolean {
  try {
    runPython(`import ${modules.join(', ')}`)
    return true
  } catch {
    return false
  }
}
