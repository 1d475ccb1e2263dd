/** Runs Python where a test compares with it: the Python of the environment variable PYTHON, else python3. */
import { execFileSync } from 'node:child_process'

const python = process.env.PYTHON ?? 'python3'

/** Runs a script with arguments and returns what it prints. */
export function runPython(script: string, args: readonly string[] = []): string {
  return execFileSync(python, ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Whether Python is there with these modules; says so when not, since tests are skipped then. */
export function pythonHas(...modules: readonly string[]): boolean {
  try {
    runPython(`import ${modules.join(', ')}`)
    return true
  } catch {
    console.log(`Skipped: ${python} with ${modules.join(', ')} is not there (set PYTHON to one that has them).`)
    return false
  }
}
